"""A server stops for longer than its lease lasts, and goes on as if nothing had happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cast import Person, Tab, beating
from tests.conftest import EnterStage, StartServer
from tests.proxy import Proxy
from tests.sites import Server, ServerSite
from tests.stopping import doomed, stopped_at_its_beat

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.parametrize("site", ["cluster"], indirect=True),
]

BEAT = 0.4
"""Seconds."""

IMPATIENT = {"PRESENCE_TIMEOUT": "4", "HEARTBEAT_INTERVAL": "1"}
"""The server is stopped for longer than it puts up with silence."""

WITHIN = 20
"""Seconds, of which the lease and the sweep take nearly eight."""


@pytest.fixture
async def dave(enter: EnterStage) -> Person:
    """Dave, who is in a conversation with the three."""
    return await enter("dave")


@pytest.fixture
def url(site: ServerSite) -> str:
    """The database's."""
    return site.servers[0].environment["DATABASE_URL"]


@pytest.fixture
def stopping(start_server: StartServer, url: str) -> Server:
    """The server that is to be stopped."""
    return start_server(DATABASE_URL=doomed(url), **IMPATIENT)


async def hears(tab: Tab, status: str, *people: Person) -> None:
    """The tab hears it of each of them."""
    for person in people:
        await tab.hears(
            type="presence", senderId=person.user_id, presenceStatus=status, within=WITHIN
        )


@asynccontextmanager
async def page(person: Person, server: Server, port: int | None = None) -> AsyncIterator[Tab]:
    """A tab that says that it is there."""
    tab = await person.opens_tab_at(server, port=port)
    async with beating(tab, every=BEAT):
        yield tab


async def test_it_learns_what_became_of_its_people_before_it_says_anything_of_them(
    site: ServerSite,
    url: str,
    stopping: Server,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
) -> None:
    """As when a machine is suspended. Alice's page is there all the time, and says so. Carol's is
    gone, and the server was not told. Dave has left it, and is at another one now. The server stops
    in the middle of a beat, which so says nothing of the time in which it was stopped."""
    room = await bob.starts_conversation(alice, carol, dave, title="The team")
    his = await bob.opens_tab_at(site.servers[0])
    await hears(his, "online", bob)
    async with (
        Proxy(stopping.port) as to_carol,
        Proxy(stopping.port) as to_dave,
        page(alice, stopping) as hers,
        page(bob, stopping) as his_too,
        page(carol, stopping, to_carol.port),
        page(dave, stopping, to_dave.port),
    ):
        await hears(his, "online", alice, carol, dave)
        async with stopped_at_its_beat(stopping, url):
            to_carol.stalls()
            to_dave.cut()
            await hears(his, "offline", alice, carol, dave)
            await dave.opens_tab_at(site.servers[0])
            await hears(his, "online", dave)
            # It is let in first, and yet nobody is taken to have been here all along.
            latest = asyncio.ensure_future(bob.opens_tab_at(stopping))
        await hears(his, "online", alice)
        await latest
        await hers.writes(room, "I was here all the time")
        await his.hears_nothing(type="presence", until={"content": "I was here all the time"})
        await his_too.hears(content="I was here all the time")
        await his_too.hears_nothing(type="presence", senderId=bob.user_id, presenceStatus="offline")
        to_carol.flows()
