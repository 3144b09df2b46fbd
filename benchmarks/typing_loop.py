"""A closed loop of people who type: so many events are always outstanding, and no more.

An event is over when every other member's client knows it: then the one who sent it sends the
opposite. So there is never a second event of one sender under way, nothing of theirs can be
merged into nothing, and each event counts once for each viewer who was told of it, in
whatever frame.
"""

from __future__ import annotations

import asyncio
import time

import msgspec

from benchmarks.crowd import PATIENCE, Crowd, Seat


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a turn."""

    seconds: float
    deliveries: int
    frames: int
    bytes: int
    """Frames with their headers, as they are on the wire."""
    server_cpu: float
    load_cpu: float

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor for a delivery."""
        return self.server_cpu / max(self.deliveries, 1) * 1e6

    @property
    def load_share(self) -> float:
        """The part of its core that the load used."""
        return self.load_cpu / self.seconds


class Typist:
    """Someone whose event is outstanding."""

    __slots__ = ("is_typing", "missing", "room_id", "seat", "user_id", "viewers")

    def __init__(self, seat: Seat, *, user_id: int, room_id: int, viewers: int) -> None:
        self.seat = seat
        self.user_id = user_id
        self.room_id = room_id
        self.viewers = viewers
        self.missing = 0
        """Viewers who do not know yet."""
        self.is_typing = seat.is_typing


class TypingLoop:
    """Some of a crowd type; all of it is told."""

    def __init__(self, crowd: Crowd, seats: list[Seat]) -> None:
        self._crowd = crowd
        self._dialect = crowd.contender.dialect
        self._typists = {self._user_of(seat): self._typist(seat) for seat in seats}
        self._is_going = False
        self._idle = asyncio.Event()
        self._text = b""
        self._told: list[Typist] = []
        """Whom the frame last read is about."""
        self._size = 0
        self._events = self._frames = self._bytes = 0
        self._completed = 0

    async def run(self, seconds: float) -> Tally:
        """Keep one event of each outstanding for so long."""
        self._is_going = True
        before = self._begin()
        await asyncio.sleep(seconds)
        tally = self._since(before)
        self._is_going = False
        await self._drain()
        return tally

    async def once(self) -> Tally:
        """One event of each, all at once."""
        self._is_going = False
        before = self._begin()
        await self._drain()
        return self._since(before)

    def _begin(self) -> tuple[float, float, float]:
        self._crowd.hear = self._hear
        self._frames = self._bytes = self._completed = 0
        self._idle.clear()
        before = time.perf_counter(), self._crowd.contender.cpu_seconds(), time.process_time()
        for typist in self._typists.values():
            self._send(typist)
        return before

    def _since(self, before: tuple[float, float, float]) -> Tally:
        under_way = [typist for typist in self._typists.values() if typist.missing]
        told = sum(typist.viewers - typist.missing for typist in under_way)
        return Tally(
            seconds=time.perf_counter() - before[0],
            deliveries=self._completed + told,
            frames=self._frames,
            bytes=self._bytes,
            server_cpu=self._crowd.contender.cpu_seconds() - before[1],
            load_cpu=time.process_time() - before[2],
        )

    async def _drain(self) -> None:
        """Until nothing is outstanding."""
        try:
            await asyncio.wait_for(self._idle.wait(), PATIENCE)
        except TimeoutError:
            missing = sum(typist.missing for typist in self._typists.values())
            lost = f"{self._crowd.contender.name} lost {missing} deliveries"
            raise RuntimeError(f"{lost}; it closed {self._crowd.closed[:5]}") from None
        finally:
            self._crowd.rest()

    def _send(self, typist: Typist) -> None:
        typist.is_typing = typist.seat.is_typing = not typist.is_typing
        typist.missing = typist.viewers
        made = self._crowd.contender.made
        frame = self._dialect.typing(
            made, typist.seat.person, typist.room_id, is_typing=typist.is_typing
        )
        typist.seat.say(frame)

    def _hear(self, seat: Seat, text: bytes) -> None:
        """The hot path: nearly all clients are told the same, so it is read once."""
        if text != self._text:
            self._read(seat, text)
        self._frames += 1
        self._bytes += self._size
        for typist in self._told:
            typist.missing -= 1
            if not typist.missing:
                self._is_known(typist)

    def _read(self, seat: Seat, text: bytes) -> None:
        self._size = len(text) + (2 if len(text) < 126 else 4 if len(text) < 65536 else 10)
        self._told = []
        answer = self._dialect.answer(text)
        if answer is not None:
            seat.say(answer)
            self._text = b""
            return
        self._text = text
        for user_id, is_typing in self._dialect.facts(text):
            typist = self._typists.get(user_id)
            if typist is not None and typist.is_typing == is_typing:
                self._told.append(typist)

    def _is_known(self, typist: Typist) -> None:
        self._completed += typist.viewers
        self._text = b""
        if self._is_going:
            self._send(typist)
        elif not any(other.missing for other in self._typists.values()):
            self._idle.set()

    def _user_of(self, seat: Seat) -> int:
        return self._crowd.contender.made.user_ids[seat.person]

    def _typist(self, seat: Seat) -> Typist:
        contender = self._crowd.contender
        room = contender.rooms[seat.person][0]
        return Typist(
            seat,
            user_id=self._user_of(seat),
            room_id=contender.made.room_ids[room],
            viewers=len(contender.plan.rooms[room]) - (not self._dialect.echoes),
        )
