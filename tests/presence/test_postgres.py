"""What depends on how a database locks, told once more on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.services import postgres

STORIES = ("test_races.py", "test_storm.py", "test_sweep.py", "test_keeper.py")


@pytest.mark.timeout(300)
@pytest.mark.skipif("postgresql" in os.environ.get("DATABASE_URL", ""), reason="it is told on it")
def test_the_same_holds_on_postgresql() -> None:
    """In a process of its own, for a process has one database."""
    with postgres() as url:
        told = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *(f"tests/presence/{s}" for s in STORIES)],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
        )
    assert told.returncode == 0, told.stdout[-8000:]
