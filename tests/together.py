"""What is done at once, on the one database of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import connection, connections

from tests.services import postgres

T = TypeVar("T")

only_once = pytest.mark.skipif(
    "postgresql" in os.environ.get("DATABASE_URL", ""), reason="it is told on it"
)


def together(*steps: Callable[[], T]) -> list[T]:
    """Run the steps at once, each in a thread with a connection of its own; their results."""
    start = threading.Barrier(len(steps))

    def run(step: Callable[[], T]) -> T:
        try:
            start.wait()
            return step()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def database_url() -> str:
    """Where another process finds the tests' database."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgresql://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def tell_on_postgresql(stories: Iterable[str]) -> None:
    """Tell the stories once more on a real PostgreSQL, in a process of its own, for a process has
    one database."""
    with postgres() as url:
        told = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *stories],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
        )
    assert told.returncode == 0, told.stdout[-8000:]
