"""What depends on how a database locks, told once more on a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.together import only_once, tell_on_postgresql

STORIES = (
    "test_admin.py",
    "test_admin_plans.py",
    "test_races.py",
    "test_storm.py",
    "test_sweep.py",
    "test_keeper.py",
    "test_timed_status.py",
)


@pytest.mark.timeout(300)
@only_once
def test_the_same_holds_on_postgresql() -> None:
    tell_on_postgresql(f"tests/presence/{story}" for story in STORIES)
