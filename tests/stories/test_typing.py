"""Typing: shown when it starts, and gone when it ends, however it ends."""

from __future__ import annotations

from tests.cast import Person, Tab
from tests.conftest import OpenTab


async def types(tab: Tab, room: int, is_typing: bool = True) -> None:
    """Press keys, or stop to."""
    await tab.says(type="typing", conversationId=room, isTyping=is_typing)


async def test_it_starts_and_stops(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    event = await his.hears(type="typing", isTyping=True)
    assert event["conversationId"] == room
    assert event["senderId"] == alice.user_id
    assert event["senderName"] == alice.name
    await types(hers, room, False)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)


async def test_it_says_what_is_about_to_be_sent_and_who_comes_later_sees_it_too(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    frame = {"type": "typing", "conversationId": room, "isTyping": True}
    await hers.says(**frame, activity="upload")
    await his.hears(type="typing", isTyping=True, activity="upload")
    for _ in range(2):
        # One tab on each server, where there are two.
        await hers.says(**frame, activity="upload")
        late = await open_tab(bob)
        await late.hears(type="typing", senderId=alice.user_id, isTyping=True, activity="upload")
    await hers.says(**frame)
    assert "activity" not in await his.hears(type="typing", isTyping=True)
    await hers.says(**frame, activity="humming")
    await hers.hears_error("invalid_frame", conversationId=room)
    await types(hers, room, False)
    assert "activity" not in await his.hears(type="typing", isTyping=False)


async def test_it_is_announced_once_and_not_for_every_key(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await types(hers, room)
    await hers.says(type="read", conversationId=room, messageId=2**40)
    await hers.hears_error("unknown_message")
    await types(hers, room, False)
    await his.hears_nothing(type="typing", isTyping=True, until={"isTyping": False})


async def test_it_ends_by_silence(alice: Person, bob: Person, room: int, open_tab: OpenTab) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)


async def test_a_message_ends_it_in_the_same_frame(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await hers.writes(room, "hi")
    message = await his.hears(type="message", content="hi")
    frame = his.frame_of(message)
    ends = [event for event in frame if event["type"] == "typing"]
    assert [(event["senderId"], event["isTyping"]) for event in ends] == [(alice.user_id, False)]
    assert frame.index(ends[0]) < frame.index(message)


async def test_typing_right_before_a_message_can_not_light_it_again(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await hers.writes(room, "hi")
    await hers.writes(room, "again")
    message = await his.hears(type="message", content="hi")
    later = await his.hears(type="message", content="again")
    lights = [event["isTyping"] for event in his.heard_before(message) if event["type"] == "typing"]
    assert not lights or lights[-1] is False
    between = his.heard_before(later)[len(his.heard_before(message)) :]
    assert not any(event.get("isTyping") for event in between)


async def test_her_own_tabs_are_not_told(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, other, his = await open_tab(alice), await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await his.writes(room, "I see you typing")
    until = {"content": "I see you typing"}
    await hers.hears_nothing(type="typing", until=until)
    await other.hears_nothing(type="typing", until=until)


async def test_it_ends_when_the_tab_is_closed(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await open_tab(alice)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await hers.closes()
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)


async def test_who_comes_later_sees_who_is_typing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    first = await open_tab(bob)
    second = await open_tab(bob)
    await types(hers, room)
    await first.hears(type="typing", isTyping=True)
    await second.hears(type="typing", isTyping=True)
    for _ in range(2):
        # One tab on each server, where there are two.
        await types(hers, room)
        late = await open_tab(bob)
        await late.hears(type="typing", senderId=alice.user_id, isTyping=True)


async def test_it_ends_at_sign_out(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await alice.signs_out()
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)


async def test_a_stranger_does_not_see_it(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, strangers = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    shared = await alice.starts_conversation(carol)
    await strangers.hears(type="conversation", conversationId=shared)
    await hers.hears(type="conversation", conversationId=shared)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await hers.writes(shared, "hello")
    await strangers.hears_nothing(type="typing", until={"content": "hello"})
