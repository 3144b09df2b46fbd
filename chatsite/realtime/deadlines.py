"""Keys that all expire the same time after they were last put in.

Since they share one timeout, they expire in the order in which they were put in. Finding those that
are due means looking at the front, and stopping at the first one that is not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Deadlines(Generic[K]):
    """When each key expires. The clock is passed in, in seconds, and never runs backwards.

    The cost of each call does not depend on the number of keys.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        # A plain dict would skip over all entries that were removed at its front, each time.
        self._ends: OrderedDict[K, float] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._ends

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def next_due(self) -> float | None:
        """When the first key expires; ``None``: there is no key."""
        return next(iter(self._ends.values()), None)

    def put(self, key: K, *, now: float) -> None:
        """Let the key expire one timeout from now, whether or not it is there already."""
        self._ends[key] = now + self._timeout
        self._ends.move_to_end(key)

    def is_alive(self, key: K, *, now: float) -> bool:
        """Whether the key is there and has not expired."""
        end = self._ends.get(key)
        return end is not None and end > now

    def remove(self, key: K) -> bool:
        """Remove the key. Returns whether it was there."""
        return self._ends.pop(key, None) is not None

    def take_due(self, *, now: float) -> Iterator[K]:
        """Remove the expired keys one by one, and yield them."""
        while (due := self.next_due) is not None and due <= now:
            yield self._ends.popitem(last=False)[0]

    def clear(self) -> None:
        """Remove all keys."""
        self._ends.clear()
