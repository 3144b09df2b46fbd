"""Static files with their hash in the name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from pytest_django.fixtures import Settings

IMPORT = re.compile(r"""^(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']""", re.MULTILINE)
HASHED = re.compile(r"\.[0-9a-f]{12}\.m?js$")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    """All static files, as a site that is deployed serves them."""
    settings.STATIC_ROOT = str(tmp_path)
    backend = {"BACKEND": "chatsite.staticstorage.HashedModuleStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_every_module_is_imported_by_its_hashed_name(collected: Path) -> None:
    address = staticfiles_storage.url("conversations/main.js")
    waiting = [collected / address.removeprefix("/static/")]
    seen: set[Path] = set()
    while waiting:
        module = waiting.pop().resolve()
        assert HASHED.search(module.name), module
        if module not in seen:
            seen.add(module)
            imported = IMPORT.findall(module.read_text())
            assert all(path.startswith(".") for path in imported), (module, imported)
            waiting += [module.parent / path for path in imported]
    names = {module.name.split(".")[0] for module in seen}
    assert {"main", "links", "index", "message_view"} <= names
