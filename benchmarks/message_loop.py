"""People who say something: as fast as everybody is told, or at a steady rate."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.crowd import PATIENCE, Crowd, Seat

CONTENT = "Shall we meet at the station at seven, or is eight better for you?"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    rate: float
    """Messages a second that everybody was told of."""
    latencies_ms: list[float]
    """From sending each until the last participant was told of it."""
    server_cpu: float
    """Seconds of the server's processor, a message."""


class _Outstanding:
    """A message that not everybody has."""

    __slots__ = ("missing", "seat", "sent_at")

    def __init__(self, seat: Seat, missing: int) -> None:
        self.seat = seat
        self.missing = missing
        self.sent_at = time.perf_counter()


class MessageLoop:
    """Some of a crowd say something; all participants, the sender too, are told."""

    def __init__(self, crowd: Crowd, seats: Sequence[Seat]) -> None:
        self._crowd = crowd
        self._seats = seats
        self._names = itertools.count(time.time_ns())
        self._outstanding: dict[str, _Outstanding] = {}
        self._latencies: list[float] = []
        self._repeats = False
        self._text = b""
        self._told: list[str] = []

    async def closed(self, seconds: float) -> Said:
        """Each says the next when the last was told to everybody: the highest rate."""
        self._repeats = True
        before = self._begin()
        for seat in self._seats:
            self._say(seat)
        await asyncio.sleep(seconds)
        said = self._since(before)
        await self._drain()
        return said

    async def steady(self, rate: float, seconds: float) -> Said:
        """So many a second, whether or not the last was told."""
        self._repeats = False
        before = self._begin()
        began = time.perf_counter()
        seats = deque(self._seats)
        for number in range(int(rate * seconds)):
            wait = began + number / rate - time.perf_counter()
            # Timers are exact to a millisecond; what is due within it is sent together.
            if wait > 0.001:
                await asyncio.sleep(wait)
            self._say(seats[0])
            seats.rotate()
        await self._drain()
        return self._since(before)

    def _begin(self) -> tuple[float, float]:
        self._latencies = []
        self._crowd.hear = self._hear
        return time.perf_counter(), self._crowd.contender.cpu_seconds()

    def _since(self, before: tuple[float, float]) -> Said:
        done = list(self._latencies)
        cpu = self._crowd.contender.cpu_seconds() - before[1]
        return Said(
            rate=len(done) / (time.perf_counter() - before[0]),
            latencies_ms=done,
            server_cpu=cpu / max(1, len(done)),
        )

    async def _drain(self) -> None:
        self._repeats = False
        async with asyncio.timeout(PATIENCE):
            while self._outstanding:
                await asyncio.sleep(0.005)
        self._crowd.rest()

    def _say(self, seat: Seat) -> None:
        contender = self._crowd.contender
        room = contender.rooms[seat.person][0]
        name = str(next(self._names))
        self._outstanding[name] = _Outstanding(seat, len(contender.plan.rooms[room]))
        frame = {
            "type": "message",
            "conversationId": contender.made.room_ids[room],
            "clientMessageId": name,
            "content": CONTENT,
        }
        seat.say(msgspec.json.encode(frame))

    def _hear(self, seat: Seat, text: bytes) -> None:
        if text != self._text:
            self._text = text
            self._told = _names_in(text)
        for name in self._told:
            message = self._outstanding.get(name)
            if message is not None:
                message.missing -= 1
                if not message.missing:
                    self._is_known(name, message)

    def _is_known(self, name: str, message: _Outstanding) -> None:
        del self._outstanding[name]
        self._latencies.append((time.perf_counter() - message.sent_at) * 1000)
        if self._repeats:
            self._say(message.seat)


class _Event(msgspec.Struct):
    """As much of an event as is looked at."""

    type: str
    clientMessageId: str = ""  # noqa: N815 (as it is on the wire)
    code: str = ""


_events: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[_Event])


def _names_in(text: bytes) -> list[str]:
    events = _events.decode(text)
    refused = [event.code for event in events if event.type == "error"]
    assert not refused, f"a message was refused: {refused}"
    return [event.clientMessageId for event in events if event.type == "message"]
