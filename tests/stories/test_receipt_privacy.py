"""Receipts of those who show nothing of themselves, and for them."""

from __future__ import annotations

from tests.cast import Person
from tests.conftest import OpenTab
from tests.stories.test_privacy import chooses, is_seen_offline, is_seen_online, types
from tests.stories.test_receipts import marks_of, write_three
from tests.stories.test_revisions import write


async def test_what_is_read_while_appearing_offline_is_shown_only_once_more_is_read(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    one, two, three = await write_three(hers, his, room)
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", sequence=1)
    await phone.hears(type="read", sequence=1)
    await his.says(type="presence", presenceStatus="offline")
    await is_seen_offline(hers, bob)
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await phone.hears(type="read", senderId=bob.user_id, sequence=2)
    [shape] = (await bob.gets("/api/conversations/"))["conversations"]
    assert (shape["readSequence"], shape["unread"]) == (2, 1)
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 1}
    await his.says(type="presence", presenceStatus="online")
    await is_seen_online(hers, bob)
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 1}
    await his.says(type="read", conversationId=room, messageId=three["messageId"])
    await hers.hears_nothing(type="read", until={"type": "read", "sequence": 3})
    assert await marks_of(alice, bob) == {"readSequence": 3, "deliveredSequence": 3}


async def test_to_write_shows_nothing_of_what_was_read_while_appearing_offline(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    *_, three = await write_three(hers, his, room)
    await his.says(type="presence", presenceStatus="offline")
    await is_seen_offline(hers, bob)
    await his.says(type="read", conversationId=room, messageId=three["messageId"])
    await phone.hears(type="read", senderId=bob.user_id, sequence=3)
    await his.says(type="presence", presenceStatus="online")
    await is_seen_online(hers, bob)
    await write(his, room, "four")
    [five] = await write(hers, room, "five")
    for kind in ("read", "delivered"):
        await hers.hears_nothing(type=kind, senderId=bob.user_id)
    assert await marks_of(alice, bob) == {"readSequence": 0, "deliveredSequence": 0}
    await his.says(type="read", conversationId=room, messageId=five["messageId"])
    await hers.hears(type="read", senderId=bob.user_id, sequence=5)


async def test_who_hides_presence_alone_still_tells_what_they_receive_and_read(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await chooses(bob, showsPresence=False)
    await his.hears(type="ready", showsPresence=False, showsReceipts=True)
    one, two, _ = await write_three(hers, his, room)
    await his.says(type="delivered", conversationId=room, messageId=two["messageId"])
    await hers.hears(type="delivered", senderId=bob.user_id, sequence=2)
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", senderId=bob.user_id, sequence=1)
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 2}
    [four] = await write(his, room, "four")
    await hers.says(type="read", conversationId=room, messageId=four["messageId"])
    await his.hears(type="read", senderId=alice.user_id, sequence=4)
    assert await marks_of(bob, alice) == {"readSequence": 4, "deliveredSequence": 4}


async def test_who_hides_announces_no_receipts_and_gets_none(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    one, two, _ = await write_three(hers, his, room)
    await chooses(bob, showsReceipts=False)
    for tab in (his, phone):
        await tab.hears(type="ready", showsPresence=True, showsReceipts=False)
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await his.says(type="delivered", conversationId=room, messageId=two["messageId"])
    await phone.hears(type="read", senderId=bob.user_id, sequence=1)
    await phone.hears(type="delivered", senderId=bob.user_id, sequence=2)
    await his.writes(room, "four")
    [four] = [await hers.hears(type="message", content="four")]
    for kind in ("read", "delivered"):
        await hers.hears_nothing(type=kind, senderId=bob.user_id)
    await hers.says(type="read", conversationId=room, messageId=four["messageId"])
    await hers.hears(type="read", senderId=alice.user_id)
    await hers.writes(room, "five")
    for tab in (his, phone):
        await tab.hears_nothing(type="read", senderId=alice.user_id, until={"content": "five"})
    assert await marks_of(alice, bob) == {}
    assert await marks_of(bob, alice) == {}
    assert await marks_of(bob, bob) == {}
    await chooses(bob, showsReceipts=True)
    assert await marks_of(alice, bob) == {"readSequence": 0, "deliveredSequence": 0}


async def test_hiding_receipts_hides_nothing_else(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await is_seen_online(hers, bob)
    await chooses(bob, showsReceipts=False)
    await his.hears(type="ready", showsReceipts=False)
    await his.says(type="presence", presenceStatus="busy")
    await hers.hears(type="presence", senderId=bob.user_id, presenceStatus="busy")
    await types(his, room)
    await hers.hears(type="typing", senderId=bob.user_id, isTyping=True)
    await hers.says(type="presence", presenceStatus="away")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="away")
    await types(hers, room)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)


async def test_a_switch_of_receipts_reaches_who_may_know_at_once(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    stranger = await open_tab(carol)
    one, two, _ = await write_three(hers, his, room)
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", senderId=bob.user_id)
    await chooses(bob, showsReceipts=False)
    hidden = await hers.hears(type="receipts", senderId=bob.user_id, conversationId=room)
    assert hidden["showsReceipts"] is False
    assert not {"readSequence", "deliveredSequence"} & hidden.keys()
    await his.hears(type="ready", showsReceipts=False)
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await his.hears(type="read", senderId=bob.user_id, messageId=two["messageId"])
    # It is no change, so nobody is told.
    await chooses(bob, showsReceipts=False, showsTyping=False)
    await chooses(bob, showsReceipts=True)
    shown = await hers.hears(type="receipts", senderId=bob.user_id, showsReceipts=True)
    assert (shown["readSequence"], shown["deliveredSequence"]) == (1, 1)
    assert shown["sequence"] > hidden["sequence"]
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 1}
    await hers.hears_nothing(type="receipts")
    await stranger.hears_nothing(type="receipts")


async def test_who_sees_nobodys_receipts_hears_of_nobodys_switch(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await chooses(alice, showsReceipts=False)
    await hers.hears(type="ready", showsReceipts=False)
    await his.hears(type="receipts", senderId=alice.user_id, showsReceipts=False)
    await chooses(bob, showsReceipts=False)
    await his.hears(type="ready", showsReceipts=False)
    await his.writes(room, "one")
    for tab in (hers, his):
        await tab.hears_nothing(type="receipts", until={"type": "message", "content": "one"})
