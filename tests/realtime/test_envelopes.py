"""What a publish is on the channel layer: as the previous release reads and writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from channels_redis.serializers import MsgPackSerializer

from chatsite.realtime.controls import (
    Control,
    EventsLost,
    HistoryChanged,
    Joined,
    Kicked,
    Left,
    PrivacyChanged,
    Renamed,
    Resized,
    SessionRevoked,
    StatusChosen,
)
from chatsite.realtime.envelopes import Envelope, decode_envelope, encode_envelope
from chatsite.realtime.wire import PresenceStatus

EVENT = {"type": "conversation", "conversationId": 12}
SEVEN = datetime(2030, 1, 15, 7, tzinfo=UTC)

CONTROLS: list[tuple[Control, dict[str, Any]]] = [
    (
        Joined(conversation_id=12, place_id=3, participants=2, hidden_until=5),
        {
            "type": "stream.joined",
            "conversationId": 12,
            "placeId": 3,
            "participants": 2,
            "hiddenUntil": 5,
        },
    ),
    (
        Left(conversation_id=12, user_id=1, place_id=3),
        {"type": "stream.left", "conversationId": 12, "userId": 1, "placeId": 3},
    ),
    (
        Resized(conversation_id=12, participants=2),
        {"type": "stream.participants", "conversationId": 12, "participants": 2},
    ),
    (
        HistoryChanged(conversation_id=12, hidden_until={1: 5}),
        {"type": "stream.history", "conversationId": 12, "hiddenUntil": {"1": 5}},
    ),
    (Renamed(name="Alice"), {"type": "stream.renamed", "name": "Alice"}),
    (StatusChosen(status=PresenceStatus.AWAY), {"type": "stream.chosen", "status": "away"}),
    (
        StatusChosen(status=PresenceStatus.BUSY, until=SEVEN),
        {"type": "stream.chosen", "status": "busy", "until": "2030-01-15T07:00:00Z"},
    ),
    (
        PrivacyChanged(shows_presence=True, shows_typing=False, shows_receipts=True),
        {
            "type": "stream.privacy",
            "showsPresence": True,
            "showsTyping": False,
            "showsReceipts": True,
        },
    ),
    (EventsLost(), {"type": "stream.lost"}),
    (SessionRevoked(session="digest"), {"type": "stream.revoked", "session": "digest"}),
    (SessionRevoked(session=None), {"type": "stream.revoked", "session": None}),
    (Kicked(), {"type": "stream.kicked"}),
]

ENVELOPES: list[tuple[Envelope, dict[str, Any]]] = [
    (Envelope(), {"events": []}),
    (Envelope(events=[EVENT]), {"events": [EVENT]}),
    (Envelope(events=[EVENT], origin="me"), {"events": [EVENT], "origin": "me"}),
    (
        Envelope(aside=[EVENT], origin="me"),
        {"events": [], "aside": [EVENT], "origin": "me"},
    ),
    (Envelope(newcomer="me"), {"events": [], "newcomer": "me"}),
    *((Envelope(control=control), {"events": [], "control": plain}) for control, plain in CONTROLS),
]


def test_each_control_has_its_form_here() -> None:
    assert {type(control) for control, _ in CONTROLS} == set(get_args(Control))


@pytest.mark.parametrize(("envelope", "plain"), ENVELOPES)
def test_an_envelope_is_what_the_previous_release_reads_and_writes(
    envelope: Envelope, plain: dict[str, Any]
) -> None:
    message = {"type": "stream.events", **plain}
    assert encode_envelope(envelope) == message
    carried = MsgPackSerializer()
    assert decode_envelope(carried.deserialize(carried.serialize(message))) == envelope


@pytest.mark.parametrize(
    "control",
    [{"type": "stream.poked"}, {"type": "stream.left", "conversationId": 12}, {}, "left"],
)
def test_a_control_that_can_not_be_read_takes_nothing_else_with_it(
    control: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = {"type": "stream.events", "events": [EVENT], "control": control}
    assert decode_envelope(message) == Envelope(events=[EVENT])
    assert "can't be read" in caplog.text


def test_what_a_later_release_adds_is_passed_over() -> None:
    control = {"type": "stream.renamed", "name": "Alice", "color": "red"}
    message = {"type": "stream.events", "events": [EVENT], "control": control, "weight": 1}
    assert decode_envelope(message) == Envelope(events=[EVENT], control=Renamed(name="Alice"))


def test_a_message_of_other_code_is_no_envelope() -> None:
    assert decode_envelope({"type": "chat.message", "events": [EVENT]}) is None
