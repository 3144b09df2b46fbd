"""Frames of a connection that wait for the database, in lanes.

A lane is, for example, a conversation. Frames of one lane are carried out one after the other;
those of different lanes do not wait for each other. A frame that does not need the database enters
no lane, and is carried out at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.conf import settings

from chatsite.realtime.errors import ErrorCode, Refused

LANES_AT_ONCE = 4
"""How many frames of one person are carried out at the same time, over all their connections to a
process. They must not take all database threads from others."""

FULL_CONNECTIONS = 16
"""How many connections with full lanes a process accepts."""


class Job(NamedTuple):
    """A frame that is to be carried out."""

    lane: Hashable
    work: Callable[[], Awaitable[None]]
    text: str
    """The frame as it came, so that an ``error`` can name what was refused."""

    @property
    def size(self) -> int:
        """The bytes of memory that it takes while it waits."""
        return sys.getsizeof(self.text)


class Lanes:
    """The lanes of one connection. At most ``STREAM_BURST`` frames wait, as many as a client may
    send at once, of at most ``STREAM_BACKLOG_BYTES``."""

    def __init__(self, do: Callable[[Job], Awaitable[None]], *, person: Hashable) -> None:
        """``do`` carries out one job of the person, answers it, and raises nothing."""
        self._do = do
        self._waiting: dict[Hashable, deque[Job]] = {}
        """The waiting jobs of each lane that has a job waiting or under way."""
        self._ready: deque[Hashable] = deque()
        """Lanes with waiting jobs and none under way. Each gets a turn for one job."""
        self._workers: set[asyncio.Task[None]] = set()
        self._frames = 0
        self._bytes = 0
        self._process = _get_backlog()
        self._turns = self._process.turns_of(person)

    def put(self, job: Job) -> None:
        """Carry out the job after those that are in its lane already. Never waits.

        Raises ``Refused``: rate_limited if too much waits on this connection, unavailable if too
        much waits in this process."""
        self._require_room(job.size)
        self._count(1, job.size)
        waiting = self._waiting.get(job.lane)
        if waiting is not None:
            waiting.append(job)
            return
        self._waiting[job.lane] = deque([job])
        self._ready.append(job.lane)
        if len(self._workers) < LANES_AT_ONCE:
            self._workers.add(asyncio.ensure_future(self._work()))

    def is_busy(self, lane: Hashable) -> bool:
        """Whether something waits or is under way in the lane."""
        return lane in self._waiting

    def take_waiting(self, lanes: Collection[Hashable] | None = None) -> list[Job]:
        """Remove and return the jobs that are not under way, of these lanes or of all."""
        taken: list[Job] = []
        for lane in list(self._waiting) if lanes is None else lanes:
            taken += self._waiting[lane]
            self._waiting[lane].clear()
        for lane in [lane for lane in self._ready if not self._waiting[lane]]:
            self._ready.remove(lane)
            del self._waiting[lane]
        for job in taken:
            self._count(-1, -job.size)
        return taken

    async def drain(self) -> None:
        """Wait until everything is done. Nothing may be put in meanwhile."""
        if self._workers:
            await asyncio.wait(set(self._workers))

    async def _work(self) -> None:
        """Work until no lane is ready. From then on this must not count as a worker, or a lane
        that becomes ready would wait for it."""
        try:
            await self._take_turns()
        finally:
            worker = asyncio.current_task()
            assert worker is not None, "work is done in a task"
            self._workers.remove(worker)

    async def _take_turns(self) -> None:
        while self._ready:
            lane = self._ready.popleft()
            job = self._waiting[lane].popleft()
            try:
                async with self._turns:
                    await self._do(job)
            finally:
                self._count(-1, -job.size)
            if self._waiting[lane]:
                self._ready.append(lane)
            else:
                del self._waiting[lane]

    def _require_room(self, size: int) -> None:
        limit = settings.STREAM_BACKLOG_BYTES
        if self._frames == 0:
            # One frame always fits, however small the limit is.
            limit = max(limit, size)
        if self._frames >= settings.STREAM_BURST or self._bytes + size > limit:
            raise Refused(ErrorCode.RATE_LIMITED)
        if self._process.bytes + size > FULL_CONNECTIONS * limit:
            raise Refused(ErrorCode.UNAVAILABLE)

    def _count(self, frames: int, size: int) -> None:
        self._frames += frames
        self._bytes += size
        self._process.bytes += size


class _Backlog:
    """What waits on all connections of a process."""

    def __init__(self) -> None:
        self.bytes = 0
        self._turns: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()
        """Each lives as long as the connections of the person."""

    def turns_of(self, person: Hashable) -> asyncio.Semaphore:
        """The turns that all connections of the person share."""
        return self._turns.setdefault(person, asyncio.Semaphore(LANES_AT_ONCE))


_backlogs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Backlog] = WeakKeyDictionary()


def _get_backlog() -> _Backlog:
    loop = asyncio.get_running_loop()
    if loop not in _backlogs:
        _backlogs[loop] = _Backlog()
    return _backlogs[loop]
