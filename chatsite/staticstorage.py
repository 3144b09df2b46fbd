"""Static files with their hash in the name, so that browsers may keep them for ever."""

from __future__ import annotations

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also writes the hashed names into what ES modules import from each other."""

    support_js_module_import_aggregation = True
    # Each pass brings a hash one module further up the imports; they are twice as deep as Django
    # reckons with, and a pass that finds nothing to do is the last.
    max_post_process_passes = 30
    # Django looks for imports in "*.js" alone.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.mjs", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
