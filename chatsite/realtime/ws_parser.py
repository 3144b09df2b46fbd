"""The parser of ``ws_protocol``: it counts the frames that the application never sees.

The application counts messages. Pings, pongs and the fragments of a message are frames as well:
each costs as much to parse, takes six bytes to send, and one read brings tens of thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.floods import FloodGate, Verdict

LATE_FRAMES = 32
"""Frames that are passed over, after the server has closed, while it waits for the client's own
close frame. A client that sends more is read no further: it did not stop."""


class CountingParser(ServerProtocol):
    """The frames of one connection. ``clock`` tells seconds on the monotonic clock."""

    def __init__(self, *, clock: Callable[[], float], **options: Any) -> None:
        super().__init__(**options)
        self.frames = 0
        """How many frames were parsed so far."""
        self._clock = clock
        self._gate: FloodGate | None = None
        """Counts what is no message. ``None`` before the first of these."""
        self._continuations = 0
        """Of the message that is not complete."""
        self._late = 0
        """Frames that came after the server has closed."""

    def recv_frame(self, frame: Frame) -> None:
        """Take in one frame. Raises ``ProtocolError``, which ends the parsing for good."""
        self.frames += 1
        if self.state is State.CLOSING:
            self._pass_over(frame)
        elif frame.opcode is Opcode.CONT:
            self._judge()
            self._count_continuation(is_last=frame.fin)
            super().recv_frame(frame)
        elif frame.opcode is Opcode.PING or frame.opcode is Opcode.PONG:
            # One that comes too soon is dropped, as a message is.
            if self._judge():
                super().recv_frame(frame)
        else:
            super().recv_frame(frame)

    def _pass_over(self, frame: Frame) -> None:
        """Look for nothing but the end: a ping gets no pong any more."""
        # A message that was begun need not be completed.
        self.current_size = None
        if frame.opcode is Opcode.CLOSE:
            super().recv_frame(frame)
            return
        self._late += 1
        if self._late > LATE_FRAMES:
            raise ProtocolError("the client goes on after the end")

    def _judge(self) -> bool:
        """Count a frame that is no message; whether it comes in time."""
        now = self._clock()
        if self._gate is None:
            self._gate = FloodGate(now=now)
        verdict = self._gate.judge(now=now)
        if verdict is Verdict.FLOOD:
            self._end_flood()
        return verdict is Verdict.TAKEN

    def _count_continuation(self, *, is_last: bool) -> None:
        self._continuations += 1
        if self._continuations > settings.STREAM_BURST:
            self._end_flood()
        if is_last:
            self._continuations = 0

    def _end_flood(self) -> None:
        # What follows the code is parsed no further, and the error keeps the code as it is.
        self.fail(CloseCode.TOO_MANY, "too many frames")
        raise ProtocolError("too many frames")
