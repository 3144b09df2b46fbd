"""Messages that are edited and deleted: everybody sees what they say now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab
from tests.stories.test_reactions import reacts

NOWHERE = 2**40


async def edits(tab: Tab, message: Event, content: str) -> None:
    """Let the message say something else."""
    await tab.says(
        type="message",
        conversationId=message["conversationId"],
        messageId=message["messageId"],
        content=content,
    )


async def deletes(tab: Tab, message: Event) -> None:
    """Delete the message."""
    await tab.says(
        type="message",
        conversationId=message["conversationId"],
        messageId=message["messageId"],
        isDeleted=True,
    )


def as_it_is(changed: Event) -> Event:
    """A change, as it answers who asks for what is so already."""
    return {key: value for key, value in changed.items() if key != "revision"}


async def test_an_edit_reaches_everybody_and_is_its_own_acknowledgement(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message", content="hi")
    assert not sent.keys() & {"revision", "editedAt", "isDeleted"}
    await edits(hers, sent, "  hello ")
    edited = await his.hears(type="message", content="hello")
    assert await hers.hears(type="message", content="hello") == edited
    assert edited["editedAt"].endswith("Z")
    assert edited["revision"] == 1
    assert {**edited, "content": "hi"} == {**sent, "editedAt": edited["editedAt"], "revision": 1}


async def test_to_edit_it_into_what_it_says_is_answered_to_the_asking_connection_alone(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message")
    await edits(hers, sent, "hello")
    edited = await hers.hears(type="message", content="hello")
    await his.hears(type="message", content="hello")
    await edits(hers, sent, "hello")
    assert await hers.hears(type="message", content="hello") == as_it_is(edited)
    await hers.writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then"})


async def test_a_deleted_message_says_nothing_and_has_no_reactions(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message")
    await reacts(his, sent, "👍")
    await hers.hears(type="reaction")
    await deletes(hers, sent)
    deleted = await his.hears(type="message", isDeleted=True)
    assert deleted["content"] == ""
    assert (deleted["messageId"], deleted["sequence"]) == (sent["messageId"], sent["sequence"])
    assert deleted["revision"] == 2
    page = await bob.gets(f"/api/conversations/{room}/messages/")
    assert page["messages"] == [deleted]
    assert page["reactions"] == []
    await hers.hears(type="message", isDeleted=True)
    await deletes(hers, sent)
    assert await hers.hears(type="message", isDeleted=True) == as_it_is(deleted)
    await hers.writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then"})


async def test_a_deleted_message_can_not_be_changed_and_may_be_answered(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message")
    await deletes(hers, sent)
    await his.hears(type="message", isDeleted=True)
    await edits(hers, sent, "hello")
    await hers.hears_error("unknown_message", messageId=sent["messageId"])
    await reacts(his, sent, "👍")
    await his.hears_error("unknown_message", messageId=sent["messageId"])
    await his.writes(room, "what was it?", replyToMessageId=sent["messageId"])
    await hers.hears(type="message", replyToMessageId=sent["messageId"])


async def test_only_its_author_edits_a_message_and_between_two_only_they_delete_it(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    """Alice began the conversation; that makes her no admin of it."""
    hers, his = await open_tab(alice), await open_tab(bob)
    await his.writes(room, "hi")
    sent = await hers.hears(type="message")
    await edits(hers, sent, "bye")
    await hers.hears_error("not_allowed", messageId=sent["messageId"])
    await deletes(hers, sent)
    await hers.hears_error("not_allowed", messageId=sent["messageId"])
    await his.writes(room, "and then")
    await hers.hears_nothing(type="message", until={"content": "and then"})


async def test_an_admin_of_a_group_may_delete_what_others_said(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    hers, his, carols = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    await his.writes(room, "hi")
    sent = await hers.hears(type="message")
    await deletes(carols, sent)
    await carols.hears_error("not_allowed")
    await edits(hers, sent, "bye")
    await hers.hears_error("not_allowed")
    await deletes(hers, sent)
    await his.hears(type="message", messageId=sent["messageId"], isDeleted=True)


async def test_a_stranger_changes_nothing_and_learns_nothing(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, carols = await open_tab(alice), await open_tab(carol)
    await hers.writes(room, "hi")
    sent = await hers.hears(type="message")
    for message in (sent, {**sent, "messageId": NOWHERE}, {**sent, "conversationId": NOWHERE}):
        await edits(carols, message, "bye")
        await carols.hears_error("not_a_participant")
        await deletes(carols, message)
        await carols.hears_error("not_a_participant")
    await edits(hers, {**sent, "messageId": NOWHERE}, "bye")
    await hers.hears_error("unknown_message")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "content_required"),
        ({"content": " "}, "content_required"),
        ({"content": "\u200b"}, "content_required"),
        ({"content": "a" * 8001}, "content_too_long"),
        ({"content": "a\0b"}, "invalid_frame"),
        ({"content": 1}, "invalid_frame"),
        ({"isDeleted": "yes"}, "invalid_frame"),
    ],
)
async def test_an_edit_that_is_refused_changes_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, fields: dict[str, Any], code: str
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message")
    target = {"conversationId": room, "messageId": sent["messageId"]}
    await hers.says(type="message", **target, **fields)
    await hers.hears_error(code, **target)
    await hers.writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then"})


async def test_a_frame_with_a_client_id_is_always_a_new_message(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi")
    sent = await his.hears(type="message")
    await hers.writes(room, "hello", messageId=sent["messageId"], isDeleted=True)
    heard = await his.hears(type="message")
    assert (heard["content"], heard["sequence"]) == ("hello", 2)


async def test_what_is_sent_again_after_it_was_changed_returns_what_is_stored(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    """Alice's phone does not know that its message came through, and that she changed it."""
    laptop, phone, his = await open_tab(alice), await open_tab(alice), await open_tab(bob)
    client_id = await phone.writes(room, "hi")
    sent = await laptop.hears(type="message", content="hi")
    await edits(laptop, sent, "hello")
    await his.hears(type="message", content="hi")
    edited = await his.hears(type="message", content="hello")
    await phone.hears(type="message", content="hello")
    await phone.writes(room, "hi", clientMessageId=client_id)
    assert await phone.hears(type="message", content="hello") == as_it_is(edited)
    await phone.writes(room, "hello", clientMessageId=client_id)
    await phone.hears_error("client_id_reused", clientMessageId=client_id)
    await deletes(laptop, sent)
    deleted = await his.hears(type="message", isDeleted=True)
    await phone.hears(type="message", isDeleted=True)
    await phone.writes(room, "hi", clientMessageId=client_id)
    assert await phone.hears(type="message", isDeleted=True) == as_it_is(deleted)
    await phone.writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then"})
