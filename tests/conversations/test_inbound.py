"""What text is a frame, and why the rest is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import Mark
from conversations.inbound import MessageFrame, PresenceFrame, decode, draft_of, echo_of

MESSAGE = {"type": "message", "conversationId": 12, "clientMessageId": "a", "content": "hi"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.INVALID_JSON),
        ("{", ErrorCode.INVALID_JSON),
        ("[" * 5_000, ErrorCode.INVALID_JSON),
        ('{"type":"typing","conversationId":1,"isTyping":tru', ErrorCode.INVALID_JSON),
        ("[]", ErrorCode.INVALID_FRAME),
        ("1", ErrorCode.INVALID_FRAME),
        ("{}", ErrorCode.INVALID_FRAME),
        ('{"type":7}', ErrorCode.INVALID_FRAME),
        ('{"type":"ready"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"dance"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"typing","conversationId":12}', ErrorCode.INVALID_FRAME),
        ('{"type":"typing","conversationId":"12","isTyping":true}', ErrorCode.INVALID_FRAME),
        ('{"type":"typing","conversationId":null,"isTyping":true}', ErrorCode.INVALID_FRAME),
        ('{"type":"typing","conversationId":0,"isTyping":true}', ErrorCode.INVALID_FRAME),
        (
            '{"type":"typing","conversationId":9223372036854775808,"isTyping":true}',
            ErrorCode.INVALID_FRAME,
        ),
        ('{"type":"presence","presenceStatus":"asleep"}', ErrorCode.INVALID_FRAME),
        ('{"type":"presence","isIdle":1}', ErrorCode.INVALID_FRAME),
        ('{"type":"read","conversationId":12}', ErrorCode.INVALID_FRAME),
    ],
)
def test_what_is_no_frame_is_refused_by_code(text: str, code: ErrorCode) -> None:
    with pytest.raises(Refused) as refusal:
        decode(text)
    assert refusal.value.code is code


def test_unknown_keys_are_ignored() -> None:
    assert decode('{"type":"presence","mood":"sunny"}') == PresenceFrame()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clientMessageId": None}, ErrorCode.CLIENT_ID_REQUIRED),
        ({"clientMessageId": ""}, ErrorCode.CLIENT_ID_REQUIRED),
        ({"clientMessageId": "x" * 65}, ErrorCode.CLIENT_ID_REQUIRED),
        ({"content": None}, ErrorCode.CONTENT_REQUIRED),
        ({"content": " \n\t "}, ErrorCode.CONTENT_REQUIRED),
        ({"content": "\u200b \u3164"}, ErrorCode.CONTENT_REQUIRED),
        ({"content": "x" * 8_001}, ErrorCode.CONTENT_TOO_LONG),
        ({"messageType": "image"}, ErrorCode.INVALID_MEDIA),
        ({"messageType": "file", "mediaUrl": ""}, ErrorCode.INVALID_MEDIA),
        ({"messageType": "audio", "content": None}, ErrorCode.INVALID_MEDIA),
        ({"content": "a\0b"}, ErrorCode.INVALID_FRAME),
        ({"clientMessageId": "a\0b"}, ErrorCode.INVALID_FRAME),
    ],
)
def test_what_is_no_draft_is_refused_by_code(change: dict[str, Any], code: ErrorCode) -> None:
    raw = {key: value for key, value in {**MESSAGE, **change}.items() if value is not None}
    frame = decode(json.dumps(raw))
    assert isinstance(frame, MessageFrame)
    with pytest.raises(Refused) as refusal:
        draft_of(frame)
    assert refusal.value.code is code


def test_nul_is_named_wherever_it_stands() -> None:
    for raw in ({**MESSAGE, "content": "a\0b"}, {**MESSAGE, "clientMessageId": "a\0b"}):
        frame = decode(json.dumps(raw))
        assert isinstance(frame, MessageFrame)
        with pytest.raises(Refused) as refusal:
            draft_of(frame)
        assert refusal.value.reason is Reason.NUL_CHARACTER


def test_content_is_trimmed_and_may_be_as_long_as_promised() -> None:
    frame = decode(json.dumps({**MESSAGE, "content": f"  {'x' * 8_000}\n"}))
    assert isinstance(frame, MessageFrame)
    assert draft_of(frame).content == "x" * 8_000


def test_the_echo_repeats_only_what_is_of_its_type() -> None:
    text = json.dumps({"conversationId": 12, "messageId": "7", "clientMessageId": "a"})
    assert echo_of(text) == {"conversation_id": 12, "client_message_id": "a"}
    assert echo_of('{"type":"read","conversationId":12}') == {
        "refused_type": "read",
        "conversation_id": 12,
    }
    marks = [{"conversationId": 12, "messageId": 7}, {"conversationId": 13}, "14"]
    assert echo_of(json.dumps({"type": "read", "marks": marks})) == {
        "refused_type": "read",
        "marks": [Mark(conversation_id=12, message_id=7)],
    }
    assert echo_of('{"type":"read","marks":{}}') == {"refused_type": "read", "marks": None}
    assert echo_of('{"type":"read","marks":[{"conversationId":12,"messageId":7},') == {}
    assert echo_of('{"type":"dance"}') == {}
    assert echo_of('{"type":[]}') == {}
    assert echo_of("{") == {}
    assert echo_of("[1]") == {}
