"""Reactions: one emoji, there or not there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab


async def reacts(tab: Tab, message: Event, emoji: str, action: str = "add") -> None:
    """Add an emoji to the message, or remove it."""
    await tab.says(
        type="reaction",
        conversationId=message["conversationId"],
        messageId=message["messageId"],
        content=emoji,
        messageType=action,
    )


async def test_it_is_added_and_removed_and_twice_changes_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    message = await his.hears(type="message")
    for action in ("add", "remove"):
        await reacts(his, message, "👍🏽", action)
        event = await hers.hears(type="reaction", messageType=action)
        assert event["messageId"] == message["messageId"]
        assert event["content"] == "👍🏽"
        assert event["senderId"] == bob.user_id
        assert event["senderName"] == bob.name
        assert event["conversationId"] == room
        await his.hears(type="reaction", messageType=action, revision=event["revision"])
        await reacts(his, message, "👍🏽", action)
        # He learns that it is so, though nothing came of it.
        again = await his.hears(type="reaction", messageType=action)
        assert again["content"] == "👍🏽"
        assert again["messageId"] == message["messageId"]
        assert "revision" not in again
        await his.writes(room, action)
        await hers.hears_nothing(type="reaction", until={"type": "message", "content": action})


async def test_two_people_may_give_the_same(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    message = await his.hears(type="message")
    await reacts(his, message, "🎉")
    await reacts(hers, message, "🎉")
    for tab in (hers, his):
        await tab.hears(type="reaction", senderId=alice.user_id)
        await tab.hears(type="reaction", senderId=bob.user_id)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "👍👍", "messageType": "add"},
        {"content": "ok", "messageType": "add"},
        {"content": "a", "messageType": "add"},
        {"content": "", "messageType": "add"},
        {"content": "👍", "messageType": "toggle"},
    ],
)
async def test_what_is_not_one_emoji_is_refused(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, fields: dict[str, Any]
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    message = await his.hears(type="message")
    await his.says(type="reaction", conversationId=room, messageId=message["messageId"], **fields)
    await his.hears_error("invalid_reaction", messageId=message["messageId"])
    await his.writes(room, "anyway")
    await hers.hears_nothing(type="reaction", until={"content": "anyway"})


async def test_twenty_of_one_person_are_enough(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    message = await his.hears(type="message")
    flags = [f"🇦{chr(ord('🇦') + number)}" for number in range(21)]
    for emoji in flags:
        await reacts(his, message, emoji)
    error = await his.hears_error("invalid_reaction", messageId=message["messageId"])
    assert "20" in error["content"]
    await reacts(his, message, flags[0])
    await hers.hears_nothing(type="reaction", content=flags[20], until={"content": flags[19]})
    await reacts(hers, message, flags[20])
    await hers.hears(type="reaction", content=flags[20], senderId=alice.user_id)
    await reacts(his, message, flags[0], "remove")
    await reacts(his, message, flags[20])
    await hers.hears(type="reaction", content=flags[20], senderId=bob.user_id)


async def test_a_reaction_to_no_message_is_refused(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    await reacts(tab, {"conversationId": room, "messageId": 2**40}, "👍")
    await tab.hears_error("unknown_message")
