"""Who is removed between the word of it and the commit."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from tests.cast import Person
from tests.sites import ServerSite

SLOW_COMMIT = """
CREATE FUNCTION wait_for_test() RETURNS trigger AS $$
BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE CONSTRAINT TRIGGER slow_commit AFTER DELETE ON conversations_participant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_test();
SELECT pg_advisory_lock(1);
"""
"""Whoever is removed is so only once the test lets go of the lock."""

SOON_COMMIT = "DROP TRIGGER slow_commit ON conversations_participant; DROP FUNCTION wait_for_test"


async def waiting(database: psycopg.AsyncConnection[Any]) -> int:
    """How many wait for a lock like that one."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    (count,) = await anext(aiter(await database.execute(query)))
    return int(count)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_who_comes_while_their_removal_is_told_and_not_yet_committed_is_not_let_in(
    site: ServerSite, alice: Person, bob: Person, carol: Person
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    his = await bob.opens_tab_at(site.servers[0])
    url = site.servers[0].environment["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        await database.execute(SLOW_COMMIT)
        path = f"{site.servers[0].url}/api/conversations/{room}/participants/{carol.user_id}/"
        removed = asyncio.create_task(alice.asks("DELETE", path))
        while not await waiting(database):
            await asyncio.sleep(0.01)
        coming = asyncio.create_task(carol.opens_tab_at(site.servers[1]))
        while await waiting(database) == 1 and not coming.done():
            await asyncio.sleep(0.01)
        await database.execute("SELECT pg_advisory_unlock(1)")
        await removed
        await database.execute(SOON_COMMIT)
    carols = await coming
    assert (await removed).status_code == 204
    await his.writes(room, "without her")
    await his.hears(type="message", content="without her")
    shared = await bob.starts_conversation(carol)
    await his.hears(type="conversation", conversationId=shared)
    await his.writes(shared, "sorry")
    await carols.hears_nothing(content="without her", until={"content": "sorry"})
