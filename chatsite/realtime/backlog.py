"""What waits in this process for clients that read slowly, and which of them are closed when it is
too much.

There are three bounds on memory: ``STREAM_OUTBOX_BYTES`` for a connection,
``STREAM_OUTBOX_BYTES_PER_USER`` for all connections of a person, and
``STREAM_OUTBOX_BYTES_PER_PROCESS`` for everybody. An event that waits for many connections is in
memory once, and the last bound counts it once: if nobody can read for a moment, for example while a
proxy restarts, nobody loses their connection.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime.frames import Item

OVERHEAD = 1_000
"""Bytes that a small event takes in memory, decoded, in addition to its text."""


def weight_of(item: Item) -> int:
    """The bytes that an event takes in memory: its text, encoded and decoded, and its fields."""
    return OVERHEAD + 2 * len(item.encoded)


class Reader(Protocol):
    """A connection for which something waits."""

    user_id: int

    def give_up(self) -> None:
        """Close it, and drop what waits for it."""


class Backlog:
    """What waits in one event loop. ``add`` and ``remove`` report every item that waits."""

    def __init__(self) -> None:
        self._total = 0
        self._holders: defaultdict[int, int] = defaultdict(int)
        """Identity of an item to the number of connections for which it waits."""
        self._readers: dict[int, dict[Reader, int]] = {}
        """Person to their connections, each with the weight of what waits for it."""
        self._people: dict[int, int] = {}
        """Person to the weight of what waits for all their connections."""

    def add(self, reader: Reader, items: Iterable[Item]) -> None:
        """The items wait for the reader."""
        weight = 0
        for item in items:
            weight += weight_of(item)
            if not self._holders[id(item)]:
                self._total += weight_of(item)
            self._holders[id(item)] += 1
        self._change(reader, weight)

    def remove(self, reader: Reader, items: Iterable[Item]) -> None:
        """The items no longer wait for the reader."""
        weight = 0
        for item in items:
            weight += weight_of(item)
            self._holders[id(item)] -= 1
            if not self._holders[id(item)]:
                del self._holders[id(item)]
                self._total -= weight_of(item)
        self._change(reader, -weight)

    def relieve(self, reader: Reader) -> None:
        """Close the reader if too much waits for it. If too much waits for its person, or for all
        people, close the connections for which most waits."""
        if self._weight_of(reader) > settings.STREAM_OUTBOX_BYTES:
            reader.give_up()
        if self._people.get(reader.user_id, 0) > settings.STREAM_OUTBOX_BYTES_PER_USER:
            self._heaviest_of(reader.user_id).give_up()
        while self._total > settings.STREAM_OUTBOX_BYTES_PER_PROCESS and self._people:
            self._heaviest_of(max(self._people, key=self._people.__getitem__)).give_up()

    def _weight_of(self, reader: Reader) -> int:
        return self._readers.get(reader.user_id, {}).get(reader, 0)

    def _heaviest_of(self, user_id: int) -> Reader:
        theirs = self._readers[user_id]
        return max(theirs, key=theirs.__getitem__)

    def _change(self, reader: Reader, by: int) -> None:
        if not by:
            return
        theirs = self._readers.setdefault(reader.user_id, {})
        theirs[reader] = theirs.get(reader, 0) + by
        self._people[reader.user_id] = self._people.get(reader.user_id, 0) + by
        if not theirs[reader]:
            del theirs[reader]
        if not theirs:
            del self._readers[reader.user_id], self._people[reader.user_id]


_backlogs: WeakKeyDictionary[asyncio.AbstractEventLoop, Backlog] = WeakKeyDictionary()


def get_backlog() -> Backlog:
    """The backlog of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _backlogs:
        _backlogs[loop] = Backlog()
    return _backlogs[loop]
