"""What becomes of people who were there when the whole site died, though nobody comes back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cast import Person
from tests.sites import ServerSite, served

LEASE_TIMEOUT = 6.5
"""Seconds: three missed beats of ``PACE``, and the slack."""

SWEEP_INTERVAL = 1.0

SLACK = 2.0
"""Seconds for a busy machine."""


@pytest.fixture(params=["uvicorn", "daphne"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerSite]:
    """A site of its own for each story: one process, which may be killed."""
    with served(request.param, [request.param], tmp_path) as site:
        yield site


def _status_of(person: Person, directory: Path) -> str:
    """What the database says, so that no request is needed to know it."""
    with closing(sqlite3.connect(directory / "db.sqlite3")) as database:
        query = "SELECT status FROM presence_userpresence WHERE user_id = ?"
        [[status]] = database.execute(query, [person.user_id])
        return str(status)


@pytest.mark.timeout(120)
async def test_after_a_kill_and_a_restart_they_are_offline_though_nobody_connects(
    site: ServerSite, alice: Person, tmp_path: Path
) -> None:
    [server] = site.servers
    await alice.opens_tab_at(server)
    await asyncio.to_thread(server.kill)
    assert _status_of(alice, tmp_path) == "online"
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(LEASE_TIMEOUT + SWEEP_INTERVAL + SLACK):
        while _status_of(alice, tmp_path) != "offline":
            await asyncio.sleep(0.05)
