"""Unread is what can be read and was not, and what the person marked as unread."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.stories.test_changes import deletes, edits
from tests.stories.test_receipts import marks_of
from tests.stories.test_revisions import write

NOWHERE = 2**40


async def states_of(person: Person, room: int, open_tab: OpenTab) -> list[dict[str, Any]]:
    """What ``ready`` and the list say of the conversation."""
    tab = await person.opens_tab()
    ready = await tab.hears(type="ready")
    await tab.closes()
    listed = (await person.gets("/api/conversations/"))["conversations"]
    shapes = [*ready["conversations"], *listed]
    return [shape for shape in shapes if shape["conversationId"] == room]


async def unread_of(person: Person, room: int, open_tab: OpenTab) -> int:
    """How many are unread, by ``ready`` and by the list, which agree."""
    [in_ready, in_list] = await states_of(person, room, open_tab)
    assert in_ready["unread"] == in_list["unread"]
    assert in_ready.get("unreadFrom") == in_list.get("unreadFrom")
    assert in_ready.get("unreadAt") == in_list.get("unreadAt")
    count: int = in_ready["unread"]
    return count


async def test_what_was_deleted_is_not_unread(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    messages = await write(hers, room, "one", "two", "three")
    assert await unread_of(bob, room, open_tab) == 3
    for left, message in ((2, messages[1]), (1, messages[0]), (0, messages[2])):
        await deletes(hers, message)
        await hers.hears(messageId=message["messageId"], isDeleted=True)
        assert await unread_of(bob, room, open_tab) == left
    [four] = await write(hers, room, "four")
    await edits(hers, four, "fourth")
    await hers.hears(content="fourth")
    assert await unread_of(bob, room, open_tab) == 1


async def test_to_delete_what_was_read_makes_nothing_unread_read(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, _, _ = await write(hers, room, "one", "two", "three")
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", sequence=1)
    await deletes(hers, one)
    await hers.hears(messageId=one["messageId"], isDeleted=True)
    assert await unread_of(bob, room, open_tab) == 2


async def test_who_joins_later_has_nothing_unread_of_before(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    room = await alice.starts_conversation(bob, title="The team")
    hers = await open_tab(alice)
    before = await write(hers, room, "one", "two", "three")
    path = f"/api/conversations/{room}/"
    await alice.asks("POST", f"{path}participants/", {"userId": carol.user_id})
    assert await unread_of(carol, room, open_tab) == 0
    await write(hers, room, "four")
    assert await unread_of(carol, room, open_tab) == 1
    carols = await open_tab(carol)
    message_id = before[0]["messageId"]
    await carols.says(type="unread", conversationId=room, messageId=message_id)
    await carols.hears(type="unread", sequence=1)
    assert await unread_of(carol, room, open_tab) == 4
    await alice.asks("PATCH", path, {"historyVisible": False})
    assert await unread_of(carol, room, open_tab) == 1
    await carols.says(type="unread", conversationId=room, messageId=message_id)
    await carols.hears_error("unknown_message", conversationId=room, messageId=message_id)


async def test_what_is_marked_as_unread_is_so_on_all_devices_until_it_is_read(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, laptop, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await write(laptop, room, "mine")
    four, five = await write(hers, room, "four", "five")
    await laptop.says(type="read", conversationId=room, messageId=five["messageId"])
    await phone.hears(type="read", senderId=bob.user_id, sequence=5)
    await deletes(hers, four)
    await phone.hears(messageId=four["messageId"], isDeleted=True)
    await laptop.says(type="unread", conversationId=room, messageId=two["messageId"])
    marked = [await tab.hears(type="unread") for tab in (laptop, phone)]
    assert marked[0] == marked[1]
    assert marked[0] == {
        "type": "unread",
        "conversationId": room,
        "senderId": bob.user_id,
        "sequence": 2,
        "timestamp": marked[0]["timestamp"],
    }
    # The second and the fifth: the third is his own, and the fourth is gone.
    assert await unread_of(bob, room, open_tab) == 2
    for state in await states_of(bob, room, open_tab):
        assert (state["readSequence"], state["unreadFrom"]) == (5, 2)
        assert state["unreadAt"] == marked[0]["timestamp"]
    await laptop.says(type="read", conversationId=room, messageId=one["messageId"])
    await laptop.says(type="read", conversationId=room, messageId=two["messageId"])
    assert (await phone.hears(type="unread"))["sequence"] == 3
    assert await unread_of(bob, room, open_tab) == 1
    await laptop.says(type="read", conversationId=room, messageId=five["messageId"])
    over = await phone.hears(type="unread")
    assert "sequence" not in over
    assert over["timestamp"] > marked[0]["timestamp"]
    assert await unread_of(bob, room, open_tab) == 0


async def test_nobody_else_learns_what_is_marked_as_unread(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await hers.hears(type="read", sequence=2)
    await his.says(type="unread", conversationId=room, messageId=one["messageId"])
    await his.hears(type="unread")
    assert await marks_of(alice, bob) == {"readSequence": 2, "deliveredSequence": 2}
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await his.hears(type="unread")
    await hers.writes(room, "three")
    for kind in ("unread", "read", "delivered"):
        await hers.hears_nothing(type=kind, senderId=bob.user_id)


async def test_what_was_read_just_before_does_not_end_the_mark(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two, three = await write(hers, room, "one", "two", "three")
    for message in (one, two, three):
        await his.says(type="read", conversationId=room, messageId=message["messageId"])
    await his.says(type="unread", conversationId=room, messageId=two["messageId"])
    await his.hears(type="unread", sequence=2)
    await his.hears_nothing(type="unread")
    assert await unread_of(bob, room, open_tab) == 2


async def test_who_answers_leaves_unread_what_they_marked_as_unread(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await his.says(type="unread", conversationId=room, messageId=one["messageId"])
    await phone.hears(type="unread", sequence=1)
    await his.writes(room, "three")
    await phone.hears_nothing(type="unread", until={"content": "three"})
    assert await unread_of(bob, room, open_tab) == 2
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await phone.hears(type="unread")
    assert await unread_of(bob, room, open_tab) == 0


async def test_who_sends_has_read_nothing_by_that(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his, phone = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", sequence=1)
    await write(his, room, "this waited while he was away", "and this")
    await hers.hears(content="and this")
    for tab in (hers, phone):
        for kind in ("read", "delivered"):
            await tab.hears_nothing(type=kind, senderId=bob.user_id, sequence=4)
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 1}
    assert await unread_of(bob, room, open_tab) == 1
    await his.says(type="read", conversationId=room, messageId=two["messageId"])
    await hers.hears(type="read", senderId=bob.user_id, sequence=2)
    assert await unread_of(bob, room, open_tab) == 0
    await deletes(his, (await write(his, room, "five"))[0])
    await write(hers, room, "six")
    assert await unread_of(bob, room, open_tab) == 1


async def test_who_has_read_everything_stays_so_while_they_send(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    [one] = await write(hers, room, "one")
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await hers.hears(type="read", sequence=1)
    await write(his, room, "two", "three")
    assert await marks_of(alice, bob) == {"readSequence": 3, "deliveredSequence": 3}


async def test_what_is_unread_already_stays_so(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, _, three = await write(hers, room, "one", "two", "three")
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await his.says(type="unread", conversationId=room, messageId=three["messageId"])
    await his.hears(type="unread", sequence=2)
    assert await unread_of(bob, room, open_tab) == 2


async def test_without_a_message_the_last_one_of_others_is_marked_as_unread(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await his.says(type="unread", conversationId=room)
    await his.hears_error("unknown_message", conversationId=room)
    *_, three = await write(hers, room, "one", "two", "three")
    await his.says(type="read", conversationId=room, messageId=three["messageId"])
    await hers.hears(type="read", sequence=3)
    await hers.says(
        type="message", conversationId=room, messageId=three["messageId"], isDeleted=True
    )
    await his.hears(type="message", isDeleted=True)
    await write(his, room, "four", "five")
    await his.says(type="unread", conversationId=room)
    await his.hears(type="unread", sequence=2)
    assert await unread_of(bob, room, open_tab) == 1
    await hers.says(type="unread", conversationId=room)
    await hers.hears(type="unread", sequence=4)
    assert await unread_of(alice, room, open_tab) == 2


@pytest.mark.parametrize("named", [{"messageId": "1"}, {"messageId": 0}])
async def test_a_mark_of_no_message_is_refused(
    alice: Person, room: int, open_tab: OpenTab, named: dict[str, object]
) -> None:
    hers = await open_tab(alice)
    await hers.says(type="unread", conversationId=room, **named)
    await hers.hears_error("invalid_frame", conversationId=room)


async def test_nobody_marks_what_they_may_not_see(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, carols = await open_tab(alice), await open_tab(carol)
    [one] = await write(hers, room, "one")
    message_id = one["messageId"]
    await carols.says(type="unread", conversationId=room, messageId=message_id)
    await carols.hears_error("not_a_participant", conversationId=room)
    elsewhere = await alice.starts_conversation(carol)
    for wrong in (message_id, NOWHERE):
        await carols.says(type="unread", conversationId=elsewhere, messageId=wrong)
        await carols.hears_error("unknown_message", conversationId=elsewhere, messageId=wrong)
