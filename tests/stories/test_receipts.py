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


async def marks_of(viewer: Person, person: Person) -> dict[str, int]:
    """What the viewer is shown of the person's marks."""
    [shape] = (await viewer.gets("/api/conversations/"))["conversations"]
    found = next(one for one in shape["participants"] if one["userId"] == person.user_id)
    return {key: found[key] for key in ("readSequence", "deliveredSequence") if key in found}


async def test_what_others_have_read_is_in_the_conversation_too(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, _, three = await write_three(hers, his, room)
    await his.says(type="read", conversationId=room, messageId=one["messageId"])
    await his.says(type="delivered", conversationId=room, messageId=three["messageId"])
    await hers.hears(type="delivered", sequence=3)
    assert await marks_of(alice, bob) == {"readSequence": 1, "deliveredSequence": 3}
    assert await marks_of(bob, alice) == {"readSequence": 3, "deliveredSequence": 3}
    path = f"/api/conversations/{room}/"
    [shape] = (await alice.gets("/api/conversations/"))["conversations"]
    assert await alice.gets(path) == shape
    strangers = await carol.client.get(path)
    assert (strangers.status_code, strangers.json()["code"]) == (404, "not_a_participant")


async def test_a_mark_on_what_is_not_there_is_refused_and_the_others_are_kept(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    *_, three = await write_three(hers, his, room)
    for message_id in (2**40, three["messageId"], 2**41):
        await his.says(type="read", conversationId=room, messageId=message_id)
    await hers.hears(type="read", sequence=3)
    await his.hears_error("unknown_message", conversationId=room, messageId=2**40)
    await his.hears_error("unknown_message", conversationId=room, messageId=2**41)


async def test_who_marks_and_closes_has_marked(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    *_, three = await write_three(hers, his, room)
    await his.says(type="read", conversationId=room, messageId=three["messageId"])
    await his.closes()
    await hers.hears(type="read", senderId=bob.user_id, sequence=3)


async def test_marks_of_many_conversations_come_in_one_frame(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    other = await alice.starts_conversation(bob, carol, title="Lunch")
    hers, his = await open_tab(alice), await open_tab(bob)
    *_, three = await write_three(hers, his, room)
    await hers.writes(other, "soup")
    soup = await his.hears(type="message", content="soup")
    marks = [
        {"conversationId": room, "messageId": three["messageId"]},
        {"conversationId": other, "messageId": soup["messageId"]},
    ]
    await his.says(type="delivered", marks=marks)
    await hers.hears(type="delivered", senderId=bob.user_id, conversationId=room, sequence=3)
    await hers.hears(type="delivered", senderId=bob.user_id, conversationId=other, sequence=1)
    await his.says(type="read", marks=marks)
    await hers.hears(type="read", senderId=bob.user_id, conversationId=room, sequence=3)
    await hers.hears(type="read", senderId=bob.user_id, conversationId=other, sequence=1)
    unread = [one["unread"] for one in (await bob.gets("/api/conversations/"))["conversations"]]
    assert unread == [0, 0]


async def test_of_many_marks_those_that_are_refused_are_named_and_the_others_are_kept(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    elsewhere = await alice.starts_conversation(carol)
    hers, his = await open_tab(alice), await open_tab(bob)
    *_, three = await write_three(hers, his, room)
    client_id = await hers.writes(elsewhere, "psst")
    psst = await hers.hears(type="message", clientMessageId=client_id)
    strange = {"conversationId": room, "messageId": 2**40}
    another_room = {"conversationId": room, "messageId": psst["messageId"]}
    not_his = {"conversationId": elsewhere, "messageId": psst["messageId"]}
    good = {"conversationId": room, "messageId": three["messageId"]}
    await his.says(type="read", marks=[strange, not_his, good, another_room])
    await his.hears_error("not_a_participant", refusedType="read", marks=[not_his])
    await his.hears_error("unknown_message", refusedType="read", marks=[strange, another_room])
    await hers.hears(type="read", senderId=bob.user_id, sequence=3)


@pytest.mark.parametrize(
    "marks",
    [[], [{"conversationId": 1}], [{"conversationId": 1, "messageId": 1}] * 501, "all", None],
)
async def test_marks_that_are_none_or_too_many_are_refused(
    alice: Person, open_tab: OpenTab, marks: object
) -> None:
    tab = await open_tab(alice)
    await tab.says(type="read", marks=marks)
    await tab.hears_error("invalid_frame", refusedType="read")


async def test_one_mark_and_many_in_a_frame_are_refused(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    mark = {"conversationId": 1, "messageId": 1}
    await tab.says(type="read", marks=[mark], **mark)
    await tab.hears_error("invalid_frame", refusedType="read", messageId=1)
