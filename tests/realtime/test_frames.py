"""Frames as they are on the wire."""

from __future__ import annotations

import json

import pytest
from websockets.frames import Frame as ReferenceFrame
from websockets.frames import Opcode

from chatsite.realtime.frames import Frame, item_of, websocket_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
def test_a_frame_of_any_size_is_what_the_websockets_library_makes_of_it(size: int) -> None:
    payload = b"x" * size
    assert websocket_frame(payload) == ReferenceFrame(Opcode.TEXT, payload).serialize(mask=False)


def test_both_forms_of_a_frame_say_the_same() -> None:
    events = [{"type": "message", "content": text} for text in ("hé", "👍")]
    frame = Frame([item_of(event) for event in events])
    assert json.loads(frame.message["text"]) == events
    assert frame.wire == websocket_frame(frame.message["text"].encode())
