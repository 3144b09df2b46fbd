"""What depends on how a database locks and counts, told once more on a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.together import only_once, tell_on_postgresql

STORIES = (
    "test_admin_plans.py",
    "test_races.py",
    "test_unread.py",
    "test_directory.py",
    "test_allowances.py",
    "test_listing.py",
    "test_invitations.py",
)


@pytest.mark.timeout(300)
@only_once
def test_the_same_holds_on_postgresql() -> None:
    tell_on_postgresql(f"tests/conversations/{story}" for story in STORIES)
