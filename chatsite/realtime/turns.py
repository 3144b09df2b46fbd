"""A few places for work that many want. Those that wait are served person by person, in turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """At most so many ``places`` are taken at once, however many wait.

    A person with many connections gets one place before it is the next person's turn.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def is_free(self) -> bool:
        """Whether a place is free."""
        return self._free > 0

    @asynccontextmanager
    async def turn(self, person: Hashable) -> AsyncIterator[None]:
        """Wait for a place, and keep it. Cancelling the wait passes the place on."""
        await self._take(person)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, person: Hashable) -> None:
        if self._free:
            self._free -= 1
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            # It may have been granted in the same moment.
            if granted.done() and not granted.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            person, theirs = self._waiting.popitem(last=False)
            granted = theirs.popleft()
            if theirs:
                self._waiting[person] = theirs
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
