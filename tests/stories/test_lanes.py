"""What waits for the database waits in order, and holds up nothing that needs none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from django.conf import settings
from django.test import override_settings

from chatsite.realtime.database import in_database
from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab

pytestmark = pytest.mark.parametrize("site", [CONSUMER], indirect=True)


@asynccontextmanager
async def database_busy() -> AsyncIterator[None]:
    """All threads of the database have something else to do."""
    over = threading.Event()
    begun = threading.Barrier(settings.DATABASE_THREADS + 1)

    def hold() -> None:
        begun.wait()
        over.wait()

    held = [asyncio.ensure_future(in_database(hold)) for _ in range(settings.DATABASE_THREADS)]
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*held)


async def test_a_heartbeat_and_typing_pass_what_waits_for_the_database(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    async with database_busy():
        for number in range(10):
            await hers.writes(room, f"{number}")
        await hers.says(type="typing", conversationId=room, isTyping=True)
        await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
        await hers.hears_nothing_yet(type="message")
    heard = [await his.hears(type="message") for _ in range(10)]
    assert [event["content"] for event in heard] == [f"{number}" for number in range(10)]


async def test_what_was_said_before_the_tab_closed_is_stored(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    async with database_busy():
        for number in range(3):
            await hers.writes(room, f"{number}")
        closing = asyncio.ensure_future(hers.closes())
        await his.hears_nothing(type="message")
    await closing
    heard = [await his.hears(type="message") for _ in range(3)]
    assert [event["content"] for event in heard] == ["0", "1", "2"]


async def test_what_is_typed_after_appearing_offline_shows_to_nobody(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    async with database_busy():
        await hers.says(type="presence", presenceStatus="busy")
        await hers.says(type="presence", presenceStatus="offline")
        await hers.says(type="typing", conversationId=room, isTyping=True)
        await hers.hears_nothing_yet(type="error")
    await hers.hears(type="presence", chosenStatus="busy")
    await hers.hears(type="presence", chosenStatus="offline")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await his.hears_nothing(type="typing")


async def test_a_mark_behind_an_unread_is_written_behind_it(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await his.writes(room, "look at this")
    said = await hers.hears(type="message")
    mark = {"conversationId": room, "messageId": said["messageId"]}
    await hers.says(type="read", **mark)
    await hers.hears(type="read")
    async with database_busy():
        await hers.says(type="unread", **mark)
        await hers.says(type="read", **mark)
        await hers.hears_nothing_yet(type="error")
    assert (await hers.hears(type="unread"))["sequence"] == said["sequence"]
    assert "sequence" not in await hers.hears(type="unread")


async def test_what_one_person_sends_over_many_connections_is_bounded(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    with override_settings(STREAM_PERSON_BURST=12, STREAM_PERSON_RATE=0.001):
        tabs = [await open_tab(alice) for _ in range(3)]
        his = await open_tab(bob)
        for number in range(12):
            await tabs[number % 3].writes(room, f"{number}")
            await his.hears(type="message", content=f"{number}")
        for tab in tabs:
            too_much = await tab.writes(room, "and another thing")
            await tab.hears_error("rate_limited", clientMessageId=too_much)
            # Only what is stored is counted.
            await tab.says(type="typing", conversationId=room, isTyping=True)
            await tab.hears_nothing(type="error")
        anew = await open_tab(alice)
        too_much = await anew.writes(room, "over another connection")
        await anew.hears_error("rate_limited", clientMessageId=too_much)
        await his.writes(room, "others are not concerned")
        await anew.hears(type="message", content="others are not concerned")
