"""Presence: who is there, as others see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cast import Person
from tests.conftest import OpenTab


async def test_after_ready_come_the_people_who_are_there(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    await open_tab(alice)
    await open_tab(carol)
    his = await open_tab(bob)
    event = await his.hears(type="presence", senderId=alice.user_id)
    assert event["presenceStatus"] == "online"
    assert event["sequence"] >= 1
    await his.hears_nothing(type="presence", senderId=carol.user_id)


async def test_who_is_offline_is_not_among_them(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    await his.hears_nothing(type="presence", senderId=alice.user_id)


async def test_she_comes_online(alice: Person, bob: Person, room: int, open_tab: OpenTab) -> None:
    his = await open_tab(bob)
    await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


async def test_she_is_offline_after_her_grace_with_the_time_she_was_last_seen(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    online = await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await hers.closes()
    closed_at = datetime.now(UTC)
    offline = await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    assert offline["sequence"] > online["sequence"]
    last_seen = datetime.fromisoformat(offline["timestamp"])
    assert abs((last_seen - closed_at).total_seconds()) < 2
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "offline"
    assert shown["timestamp"] == offline["timestamp"]
    assert shown["lastSeenDisplay"] == "Just now"


async def test_closing_one_of_two_tabs_keeps_her_online(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, first, second = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await first.closes()
    # Longer than the grace: this typing ends by silence.
    await second.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", presenceStatus="offline", until={"isTyping": False})


async def test_a_reload_shows_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, first = await open_tab(bob), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await first.closes()
    second = await open_tab(alice)
    await second.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})


async def test_an_idle_device_that_reconnects_is_not_seen_to_come_back(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, first = await open_tab(bob), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await first.says(type="presence", isIdle=True)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="away")
    await first.closes()
    second = await alice.opens_tab(is_idle=True)
    await second.hears(type="ready")
    await second.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})
    await second.says(type="presence", isIdle=False)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


@pytest.mark.parametrize("status", ["away", "busy"])
async def test_a_chosen_status_is_shown_and_kept(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, status: str
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await hers.says(type="presence", presenceStatus=status)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus=status)
    await hers.hears(type="presence", senderId=alice.user_id, presenceStatus=status)
    await hers.closes()
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    again = await open_tab(alice, ready=False)
    assert (await again.hears(type="ready"))["presenceStatus"] == status
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus=status)
    await again.says(type="presence", presenceStatus="online")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


async def test_appearing_offline_leaks_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await his.writes(room, "are you there?")
    asked = await hers.hears(type="message")
    await hers.says(type="presence", presenceStatus="offline")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await hers.says(type="delivered", conversationId=room, messageId=asked["messageId"])
    await hers.says(type="read", conversationId=room, messageId=asked["messageId"])
    await hers.hears(type="read", senderId=alice.user_id)
    second = await open_tab(alice)
    await second.says(type="typing", conversationId=room, isTyping=True)
    await second.hears_nothing(type="error")
    await his.writes(room, "well")
    await his.hears_nothing(senderId=alice.user_id, until={"content": "well"})


async def test_who_appears_offline_is_not_among_the_people_who_are_there(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    first, hers = await open_tab(bob), await open_tab(alice)
    await hers.says(type="presence", presenceStatus="offline")
    await first.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    his = await open_tab(bob)
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "offline"


async def test_hiding_while_typing_ends_it(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    other = await open_tab(alice)
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await other.says(type="presence", presenceStatus="offline")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)


async def test_a_heartbeat_is_answered_to_this_connection_alone(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, first, second = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await second.says(type="presence", presenceStatus="busy")
    busy: dict[str, Any] = {"type": "presence", "senderId": alice.user_id, "presenceStatus": "busy"}
    for tab in (his, first, second):
        await tab.hears(**busy)
    await first.says(type="presence")
    answer = await first.hears(**busy)
    assert answer["sequence"] >= 1
    assert answer["timestamp"].endswith("Z")
    await first.writes(room, "a beat later")
    for tab in (his, second):
        await tab.hears_nothing(**busy, until={"content": "a beat later"})


async def test_idle_on_all_devices_is_away(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, laptop, phone = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await laptop.says(type="presence", isIdle=True)
    await laptop.hears_nothing(type="error")
    await phone.says(type="presence", isIdle=True)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="away")
    await laptop.says(type="presence", isIdle=False)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


async def test_who_shares_two_conversations_hears_it_once(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    second = await alice.starts_conversation(bob, title="And another")
    his, hers = await open_tab(bob), await open_tab(alice)
    await hers.says(type="presence", presenceStatus="busy")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    await hers.writes(second, "now")
    await his.hears_nothing(type="presence", presenceStatus="busy", until={"content": "now"})
