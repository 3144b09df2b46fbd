"""Turns at something of which there is little, given to all who wait by rotation."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

Queues = OrderedDict[str, deque[asyncio.Future[None]]]
"""Those that wait under each name, the name in front whose turn is next."""


class NoRoom(Exception):
    """Too many wait already."""


class SentAway(Exception):
    """The work can't be done now, as the request that had the turn before found out."""


class Turns:
    """So many at once; the others wait. Of those who ask under several names, each name gets a
    turn before any gets its next, so that one with many requests does not hold up the rest.
    Names that are preferred get theirs before all others, and find room as long as any of these
    waits, who then loses their place."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        """``waiting``: how many may wait."""
        self._free = at_once
        self._room = waiting
        self._preferred: Queues = OrderedDict()
        self._others: Queues = OrderedDict()

    async def take(self, name: str, *, is_preferred: bool = False) -> None:
        """Wait for a turn, which must be given back. Raises ``NoRoom`` and ``SentAway``; then, and
        when it is cancelled, there is none to give back."""
        if self._free:
            self._free -= 1
            return
        if not self._room and not (is_preferred and self._make_room()):
            raise NoRoom
        self._room -= 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queues = self._preferred if is_preferred else self._others
        queues.setdefault(name, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # It came at the same moment.
                self.give_back()
            elif turn in queues.get(name, ()):
                self._room += 1
                queues[name].remove(turn)
                if not queues[name]:
                    del queues[name]
            raise

    @property
    def waiting(self) -> int:
        """How many wait."""
        queues = [*self._preferred.values(), *self._others.values()]
        return sum(len(queue) for queue in queues)

    @property
    def are_taken(self) -> bool:
        """Whether the next one to ask has to wait."""
        return not self._free

    def send_away(self) -> None:
        """Let nobody wait any longer, each of whom would find out by themselves, one after the
        other, that it can't be done."""
        for queues in (self._preferred, self._others):
            for queue in queues.values():
                self._room += len(queue)
                for turn in queue:
                    _refuse(turn, SentAway())
            queues.clear()

    def _make_room(self) -> bool:
        """Whether one who is not preferred had to go: the last one of the last name."""
        if not self._others:
            return False
        name, queue = self._others.popitem()
        self._room += 1
        _refuse(queue.pop(), NoRoom())
        if queue:
            self._others[name] = queue
        return True

    def give_back(self) -> None:
        """The turn is over: it is that of the next name which still waits."""
        while queues := self._preferred or self._others:
            name, queue = queues.popitem(last=False)
            turn = queue.popleft()
            self._room += 1
            if queue:
                queues[name] = queue
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free += 1


def _refuse(turn: asyncio.Future[None], reason: Exception) -> None:
    if not turn.done():
        turn.set_exception(reason)
