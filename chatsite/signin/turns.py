"""Turns at something of which there is little, given to all who wait by rotation."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque


class NoRoom(Exception):
    """Too many wait already."""


class Turns:
    """So many at once; the others wait. Of those who ask under several names, each name gets a
    turn before any gets its next, so that one with many requests does not hold up the rest."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        """``waiting``: how many may wait."""
        self._free = at_once
        self._room = waiting
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, name: str) -> None:
        """Wait for a turn, which must be given back. Raises ``NoRoom``. Cancelled, there is none to
        give back."""
        if self._free:
            self._free -= 1
            return
        if not self._room:
            raise NoRoom
        self._room -= 1
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(name, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # It came at the same moment.
                self.give_back()
            raise

    def give_back(self) -> None:
        """The turn is over: it is that of the next name which still waits."""
        while self._queues:
            name, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            self._room += 1
            if queue:
                self._queues[name] = queue
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free += 1
