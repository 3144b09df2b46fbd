"""A server stops in the middle of a transaction, and nobody but those it concerns notices."""

from __future__ import annotations

import asyncio
import itertools

import psycopg
import pytest

from tests.cast import Person
from tests.conftest import StartServer
from tests.sites import Server, ServerSite
from tests.stopping import doomed, stopped

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.parametrize("site", ["cluster"], indirect=True),
]

WITHIN = 5
"""Seconds within which everybody is answered."""

PATIENTLY = 15
"""Seconds within which the database lets go of what a stopped process has locked."""


@pytest.fixture
def url(site: ServerSite) -> str:
    """The database's."""
    return site.servers[0].environment["DATABASE_URL"]


@pytest.fixture
def stopping(start_server: StartServer, url: str) -> Server:
    """The server that is to be stopped."""
    return start_server(DATABASE_URL=doomed(url))


async def test_only_the_conversation_in_which_it_stopped_waits(
    site: ServerSite,
    url: str,
    stopping: Server,
    alice: Person,
    bob: Person,
    carol: Person,
    room: int,
) -> None:
    other = await bob.starts_conversation(carol)
    hers = await alice.opens_tab_at(stopping)
    his, second = [await bob.opens_tab_at(site.servers[0]) for _ in range(2)]
    carols = await carol.opens_tab_at(site.servers[1])

    async def writes() -> None:
        await hers.writes(room, "in the middle")

    async with stopped(stopping, url, "INSERT ON conversations_message", writes) as stop:
        waiting = await his.writes(room, "behind it")
        await second.writes(other, "beside it")
        await carols.hears(type="message", content="beside it", within=WITHIN)
        assert stop.holds()
        refused = await his.hears_error("unavailable", clientMessageId=waiting, within=WITHIN)
        assert refused["conversationId"] == room
        async with asyncio.timeout(PATIENTLY):
            while not await his.has_heard(type="message", clientMessageId=waiting, within=1):
                await his.writes(room, "behind it", clientMessageId=waiting)
        assert not stop.holds()
    # Awake, it learns that its transaction was ended, and says that nothing was stored.
    lost = await hers.hears_error("unavailable", within=PATIENTLY)
    await hers.writes(room, "in the middle", clientMessageId=lost["clientMessageId"])
    stored = await his.hears(type="message", content="in the middle")
    assert stored["sequence"] == 2


async def test_nobody_is_kept_from_connecting_by_a_removal_that_stopped(
    site: ServerSite, url: str, stopping: Server, alice: Person, bob: Person, carol: Person
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    path = f"{stopping.url}/api/conversations/{room}/participants/{carol.user_id}/"

    async def removes() -> None:
        assert (await alice.asks("DELETE", path)).status_code == 204

    async with stopped(stopping, url, "DELETE ON conversations_participant", removes) as stop:
        carols = asyncio.ensure_future(carol.opens_tab_at(site.servers[0]))
        await asyncio.wait_for(bob.opens_tab_at(site.servers[0]), WITHIN)
        assert stop.holds()
        assert not carols.done()
    ready = (await carols).frames[0][0]
    assert ready["conversations"] == []


async def test_nobody_else_is_kept_from_connecting_by_a_connect_that_stopped(
    site: ServerSite, url: str, stopping: Server, alice: Person, bob: Person
) -> None:
    async def opens() -> None:
        await alice.opens_tab_at(stopping)

    async with stopped(stopping, url, "INSERT ON presence_presenceconnection", opens) as stop:
        second = asyncio.ensure_future(alice.opens_tab_at(site.servers[0]))
        await asyncio.wait_for(bob.opens_tab_at(site.servers[0]), WITHIN)
        assert stop.holds()
        assert not second.done()
    await second


HELD = 30
"""Requests, more than a process has connections."""


async def test_pages_are_answered_while_many_requests_wait_for_one_conversation(
    url: str, start_server: StartServer, alice: Person, bob: Person, carol: Person
) -> None:
    patient = start_server(DATABASE_LOCK_TIMEOUT="60")
    room = await alice.starts_conversation(bob, carol, title="The team")
    path = f"{patient.url}/api/conversations/{room}/"
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM conversations_conversation WHERE id = %s FOR UPDATE", [room])
        asked = [
            asyncio.ensure_future(alice.asks("PATCH", path, {"title": f"Name {number}"}))
            for number in range(HELD)
        ]
        answers = asyncio.as_completed(asked)
        # One waits, and stays; for the others that takes too long.
        first = await next(answers)
        assert (await bob.client.get(f"{patient.url}/")).status_code == 200
        refused = [first, *[await answer for answer in itertools.islice(answers, HELD - 2)]]
        assert {answer.status_code for answer in refused} == {503}
        assert all(answer.headers["Retry-After"] for answer in refused)
        [waiting] = [answer for answer in asked if not answer.done()]
    assert (await waiting).status_code == 200
