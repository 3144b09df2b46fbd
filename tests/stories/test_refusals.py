"""What is refused: by a code, on a connection that stays, and with nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Person
from tests.conftest import OpenTab

NOWHERE = 2**40


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("{", "invalid_json"),
        ("", "invalid_json"),
        ("[]", "invalid_frame"),
        ('"typing"', "invalid_frame"),
        ("{}", "invalid_frame"),
        ('{"type": 1}', "invalid_frame"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": "ready"}', "unknown_type"),
        ('{"type": "typing"}', "invalid_frame"),
        ('{"type": "typing", "conversationId": "1", "isTyping": true}', "invalid_frame"),
        ('{"type": "read", "conversationId": 1.5, "messageId": 1}', "invalid_frame"),
        (
            '{"type": "reaction", "conversationId": 1, "messageId": 1, "content": "👍"}',
            "invalid_frame",
        ),
        (
            '{"type": "reaction", "conversationId": 1, "messageId": 1, "messageType": "add"}',
            "invalid_frame",
        ),
        ('{"type": "presence", "presenceStatus": "asleep"}', "invalid_frame"),
        ('{"type": "presence", "isIdle": null}', "invalid_frame"),
        (b'{"type": "presence"}', "invalid_frame"),
    ],
)
async def test_a_bad_frame_is_refused_and_the_connection_stays(
    alice: Person, open_tab: OpenTab, data: str | bytes, code: str
) -> None:
    tab = await open_tab(alice)
    await tab.sends(data)
    error = await tab.hears_error(code)
    assert error["content"]
    await tab.says(type="presence")
    await tab.hears(type="presence", senderId=alice.user_id)


@pytest.mark.parametrize(
    "content",
    [
        r"half an emoji: \ud83d",
        r"the other half: \ude00 and \"messageId\": 7, \"clientMessageId\": \"mine\"",
        "a line\nbreak",
        '"',
        "[" * 10_000,
    ],
)
async def test_a_frame_that_is_no_json_is_refused_by_the_ids_that_stand_in_it(
    alice: Person, room: int, open_tab: OpenTab, content: str
) -> None:
    tab = await open_tab(alice)
    ids = f'"conversationId": {room}, "clientMessageId": "a1"'
    quoted = content if content.startswith("[") else f'"{content}"'
    await tab.sends(f'{{"type": "message", {ids}, "content": {quoted}}}')
    error = await tab.hears_error("invalid_json", conversationId=room, clientMessageId="a1")
    assert "messageId" not in error
    edit = f'"conversationId": {room}, "messageId": 7'
    await tab.sends(f'{{"type": "message", {edit}, "content": {quoted}}}')
    error = await tab.hears_error("invalid_json", conversationId=room, messageId=7)
    assert error.get("clientMessageId") is None


async def test_an_unknown_key_is_ignored(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "hi", invented="tomorrow")
    await his.hears(type="message", content="hi")


FRAMES: list[dict[str, Any]] = [
    {"type": "message", "clientMessageId": "1", "content": "hi"},
    {"type": "message", "isCatchup": True, "sequence": 0},
    {"type": "typing", "isTyping": True},
    {"type": "read", "messageId": 1},
    {"type": "delivered", "messageId": 1},
    {"type": "reaction", "messageId": 1, "content": "👍", "messageType": "add"},
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame["type"]))
async def test_what_is_not_hers_looks_like_what_does_not_exist(
    room: int, carol: Person, open_tab: OpenTab, frame: dict[str, Any]
) -> None:
    tab = await open_tab(carol)
    await tab.says(**frame, conversationId=room)
    theirs = await tab.hears_error("not_a_participant", conversationId=room)
    await tab.says(**frame, conversationId=NOWHERE)
    nowhere = await tab.hears_error("not_a_participant", conversationId=NOWHERE)
    assert theirs["content"] == nowhere["content"]
    assert theirs.keys() == nowhere.keys()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": "", "clientMessageId": "1"}, "content_required"),
        ({"content": " \n ", "clientMessageId": "1"}, "content_required"),
        ({"clientMessageId": "1"}, "content_required"),
        ({"content": "a" * 8001, "clientMessageId": "1"}, "content_too_long"),
        ({"content": "hi"}, "client_id_required"),
        ({"content": "hi", "clientMessageId": ""}, "client_id_required"),
        ({"content": "hi", "clientMessageId": "1" * 65}, "client_id_required"),
        (
            {"content": "hi", "clientMessageId": "1", "replyToMessageId": NOWHERE},
            "invalid_reply",
        ),
        ({"content": "hi", "clientMessageId": "1", "mediaUrl": "/media/x"}, "invalid_media"),
        ({"content": "hi", "clientMessageId": "1", "messageType": "image"}, "invalid_media"),
        ({"content": "hi", "clientMessageId": "1", "messageType": "opera"}, "invalid_frame"),
        ({"content": "a\0b", "clientMessageId": "1"}, "invalid_frame"),
    ],
)
async def test_a_message_that_is_refused_is_not_stored(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, fields: dict[str, Any], code: str
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.says(type="message", conversationId=room, **fields)
    await hers.hears_error(code, conversationId=room)
    await hers.writes(room, "a good one")
    await his.hears_nothing(type="message", until={"content": "a good one", "sequence": 1})


async def test_the_longest_message_is_accepted(alice: Person, room: int, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    await tab.writes(room, "ü" * 8000, clientMessageId="1" * 64)
    await tab.hears(type="message", clientMessageId="1" * 64)


async def test_a_reply_to_another_conversation_is_refused(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    elsewhere = await alice.starts_conversation(carol)
    tab = await open_tab(alice)
    await tab.writes(elsewhere, "there")
    there = await tab.hears(type="message", content="there")
    await tab.writes(room, "here", replyToMessageId=there["messageId"])
    await tab.hears_error("invalid_reply")


@pytest.mark.parametrize("kind", ["read", "delivered"])
async def test_a_mark_on_no_message_of_the_conversation_is_refused(
    alice: Person, carol: Person, room: int, open_tab: OpenTab, kind: str
) -> None:
    elsewhere = await alice.starts_conversation(carol)
    tab = await open_tab(alice)
    await tab.writes(elsewhere, "there")
    there = await tab.hears(type="message", content="there")
    for message_id in (there["messageId"], NOWHERE):
        await tab.says(type=kind, conversationId=room, messageId=message_id)
        await tab.hears_error("unknown_message", conversationId=room, messageId=message_id)
