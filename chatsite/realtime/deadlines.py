"""Keys that each run out the same time after they were last heard of.

Since all have one timeout, they run out in the order in which they were put in. So nothing has to
be searched: whoever looks what is due looks at the front, and stops at the first that is not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Deadlines(Generic[K]):
    """When each key runs out. The clock is passed in, in seconds, and never runs backwards.

    Putting, removing and asking cost the same however many keys there are.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        # A plain dict would step over all that was removed at its front, each time it is asked.
        self._ends: OrderedDict[K, float] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._ends

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def next_due(self) -> float | None:
        """When the first key runs out; ``None``: there is no key."""
        return next(iter(self._ends.values()), None)

    def put(self, key: K, *, now: float) -> None:
        """Let the key run out a timeout from now, whether or not it is there already."""
        self._ends[key] = now + self._timeout
        self._ends.move_to_end(key)

    def is_alive(self, key: K, *, now: float) -> bool:
        """Whether the key is there and has not run out."""
        end = self._ends.get(key)
        return end is not None and end > now

    def remove(self, key: K) -> bool:
        """Forget the key; whether it was there."""
        return self._ends.pop(key, None) is not None

    def take_due(self, *, now: float) -> Iterator[K]:
        """Remove the keys that have run out, one by one, and give them."""
        while (due := self.next_due) is not None and due <= now:
            yield self._ends.popitem(last=False)[0]

    def clear(self) -> None:
        """Forget all keys."""
        self._ends.clear()
