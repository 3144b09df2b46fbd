"""Keep what this release expects of the database, so that the next one can be held to it.

    python -m tests.releases

Run it on the commit that is released, and commit what it writes.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import msgspec

from tests.releases.schema import Release, tables_of
from tests.services import postgres
from tests.sites import PROJECT, environment_of, manage

KEPT = Path(__file__).parent / "previous.json"


def main() -> None:
    """Migrate an empty database, and write down what it is like."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    with tempfile.TemporaryDirectory() as directory, postgres() as url:
        manage(environment_of(Path(directory), DATABASE_URL=url), "migrate", "--verbosity", "0")
        release = Release(commit=commit.stdout.strip(), tables=tables_of(url))
    KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(release), indent=1) + b"\n")


if __name__ == "__main__":
    main()
