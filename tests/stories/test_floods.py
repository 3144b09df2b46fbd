"""Whatever one person does over many connections, everybody else's messages are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import LiteralString

import pytest

from tests.cast import Person, Tab
from tests.locking import locked
from tests.sites import ServerSite

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.parametrize("site", ["cluster"], indirect=True),
]

TABS = 12
"""More than there are threads that wait for locks."""

CONVERSATION = "SELECT FROM conversations_conversation WHERE id = %s FOR UPDATE"
PLACES = "SELECT FROM conversations_participant WHERE user_id = %s FOR UPDATE"
PRESENCE = "SELECT FROM presence_userpresence WHERE user_id = %s FOR UPDATE"

Does = Callable[[Tab, int], Awaitable[None]]
"""What somebody does in one tab, in this conversation."""


@pytest.fixture
def url(site: ServerSite) -> str:
    """The database's."""
    return site.servers[0].environment["DATABASE_URL"]


async def goes_idle(tab: Tab, room: int) -> None:
    await tab.says(type="presence", isIdle=True)


async def marks_unread(tab: Tab, room: int) -> None:
    await tab.says(type="unread", conversationId=room)


async def leaves(tab: Tab, room: int) -> None:
    await tab.closes()


@pytest.mark.parametrize(
    ("rows", "does"), [(PRESENCE, goes_idle), (PRESENCE, leaves), (PLACES, marks_unread)]
)
async def test_what_one_person_waits_for_takes_no_place_from_others(
    site: ServerSite,
    url: str,
    alice: Person,
    bob: Person,
    carol: Person,
    rows: LiteralString,
    does: Does,
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    server = site.servers[0]
    his, carols = await bob.opens_tab_at(server), await carol.opens_tab_at(server)
    await his.writes(room, "to be read")
    await carols.hears(type="message", content="to be read")
    hers = await asyncio.gather(*(alice.opens_tab_at(server) for _ in range(TABS)))
    async with locked(url, rows, alice.user_id) as her_rows:
        for tab in hers:
            await does(tab, room)
        await her_rows.is_waited_for()
        async with locked(url, CONVERSATION, room) as conversation:
            # As when another server writes in it at the moment.
            await his.writes(room, "beside her")
            await conversation.is_waited_for()
        await carols.hears(type="message", content="beside her")


async def test_a_message_does_not_wait_for_all_reactions_of_one_person(
    site: ServerSite, url: str, alice: Person, bob: Person, room: int
) -> None:
    server = site.servers[0]
    his = await bob.opens_tab_at(server)
    await his.writes(room, "I have a car")
    message_id = (await his.hears(type="message"))["messageId"]
    hers = await asyncio.gather(*(alice.opens_tab_at(server) for _ in range(TABS)))
    async with locked(url, CONVERSATION, room) as conversation:
        for tab, emoji in zip(hers, "🚗🚕🚙🚌🚎🏎🚓🚑🚒🚐🚚🚛", strict=True):
            named = {"conversationId": room, "messageId": message_id}
            await tab.says(type="reaction", content=emoji, messageType="add", **named)
        await conversation.is_waited_for()
        for tab in hers:
            # Each has reached the server.
            await tab.hears_nothing_yet(type="error")
        await his.writes(room, "who wants a ride?")
        await his.hears_nothing_yet(type="error")
    said = await his.hears(type="message", content="who wants a ride?")
    before = [event for event in his.heard_before(said) if event["type"] == "reaction"]
    assert len(before) < TABS
    for _ in range(TABS):
        await his.hears(type="reaction")


async def test_no_message_is_refused_while_one_person_floods_two_servers(
    site: ServerSite, alice: Person, bob: Person, carol: Person
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    his, carols = [
        await person.opens_tab_at(server)
        for person, server in zip((bob, carol), site.servers, strict=True)
    ]
    await his.writes(room, "to be read")
    message_id = (await carols.hears(type="message"))["messageId"]
    hers = await asyncio.gather(
        *(alice.opens_tab_at(server) for server in site.servers for _ in range(TABS))
    )
    named = {"conversationId": room, "messageId": message_id}

    async def floods(tab: Tab) -> None:
        for number in range(20):
            await tab.says(type="presence", isIdle=not number % 2)
            action = "remove" if number % 2 else "add"
            await tab.says(type="reaction", content="🚗", messageType=action, **named)
            await tab.says(type="unread", **named)
            await tab.writes(room, "the same", clientMessageId="the same")

    flood = asyncio.gather(*map(floods, hers))
    for number in range(10):
        await his.writes(room, f"{number}")
        await carols.writes(room, f"{number} too")
    await flood
    for number in range(10):
        await his.hears(type="message", content=f"{number} too", within=30)
        await carols.hears(type="message", content=f"{number}", within=30)
    await his.hears_nothing_yet(type="error")
    await carols.hears_nothing_yet(type="error")
