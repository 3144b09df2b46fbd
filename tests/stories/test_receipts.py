"""Delivered and read: watermarks that only rise."""

from __future__ import annotations

import pytest

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab


async def write_three(hers: Tab, his: Tab, room: int) -> list[Event]:
    """Alice's three messages, as Bob heard them."""
    for text in ("one", "two", "three"):
        await hers.writes(room, text)
    return [await his.hears(type="message", content=text) for text in ("one", "two", "three")]


@pytest.mark.parametrize("kind", ["read", "delivered"])
async def test_a_mark_is_announced_and_only_rises(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, kind: str
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two, three = await write_three(hers, his, room)
    await his.says(type=kind, conversationId=room, messageId=two["messageId"])
    mark = await hers.hears(type=kind, senderId=bob.user_id)
    assert mark["messageId"] == two["messageId"]
    assert mark["sequence"] == 2
    assert mark["conversationId"] == room
    assert mark["timestamp"].endswith("Z")
    await his.says(type=kind, conversationId=room, messageId=one["messageId"])
    await his.says(type=kind, conversationId=room, messageId=two["messageId"])
    await his.says(type=kind, conversationId=room, messageId=three["messageId"])
    await hers.hears_nothing(
        type=kind, senderId=bob.user_id, until={"type": kind, "messageId": three["messageId"]}
    )


async def test_reading_empties_the_unread_count(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    _, two, _ = await write_three(hers, his, room)
    [conversation] = (await bob.gets("/api/conversations/"))["conversations"]
    assert (conversation["unread"], conversation["readSequence"]) == (3, 0)
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await hers.hears(type="read", senderId=bob.user_id)
    [conversation] = (await bob.gets("/api/conversations/"))["conversations"]
    assert (conversation["unread"], conversation["readSequence"]) == (1, 2)


async def test_reading_on_one_device_is_told_to_the_other(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, laptop, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    *_, three = await write_three(hers, laptop, room)
    await laptop.says(type="read", conversationId=room, messageId=three["messageId"])
    await phone.hears(type="read", senderId=bob.user_id, sequence=3)


async def test_her_own_messages_are_not_unread_to_her(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await write_three(hers, his, room)
    again = await open_tab(alice, ready=False)
    ready = await again.hears(type="ready")
    state = {
        "conversationId": room,
        "sequence": 3,
        "readSequence": 3,
        "unread": 0,
        "revision": 0,
    }
    assert ready["conversations"] == [state]
