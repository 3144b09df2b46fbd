"""Whether those with whom nothing is wrong had to wait for what is wrong with others."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AT_MOST = 5.0
"""Seconds from sending a message to its echo, in a conversation without a fault of its own."""

EVERYWHERE = frozenset({0, 1})
"""The servers, by number."""


@dataclass
class Fault:
    """Something that was wrong for a while, on the clock of the event loop."""

    what: str
    servers: frozenset[int]
    """Whose people it concerns."""
    began: float
    ended: float = math.inf

    def is_within(self, wait: Wait) -> bool:
        """Whether it was in force at any moment of the wait."""
        return self.began <= wait.ended and wait.began <= self.ended


@dataclass(frozen=True)
class Wait:
    """A message, from the first time that it was sent to its echo, on the loop's clock."""

    client: str
    conversation_id: int
    began: float
    ended: float
    servers: frozenset[int]
    """The servers that anybody in the conversation uses."""

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.ended - self.began


class Faults:
    """All that was wrong, as the hand that broke it knows."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.noted: list[Fault] = []
        self._now = now

    @contextmanager
    def in_force(self, what: str, servers: Collection[int] = EVERYWHERE) -> Iterator[None]:
        """It is wrong until this ends."""
        fault = Fault(what, frozenset(servers), self._now())
        self.noted.append(fault)
        try:
            yield
        finally:
            fault.ended = self._now()


@dataclass
class Availability:
    """How long those waited with whom nothing was wrong."""

    waits: list[Wait]
    beside: int
    """How many of them waited while something was wrong with others."""

    @classmethod
    def of(cls, waits: Iterable[Wait], faults: Collection[Fault]) -> Availability:
        """Leave out who had a fault of their own."""
        blameless = [
            wait
            for wait in waits
            if not any(one.servers & wait.servers and one.is_within(wait) for one in faults)
        ]
        beside = sum(any(one.is_within(wait) for one in faults) for wait in blameless)
        return cls(blameless, beside)

    @property
    def longest(self) -> float:
        """Seconds."""
        return max((wait.seconds for wait in self.waits), default=0.0)

    def faults(self, faults: Collection[Fault]) -> Iterator[str]:
        """Who waited for too long, and what was wrong with others meanwhile."""
        for wait in self.waits:
            if wait.seconds > AT_MOST:
                others = [
                    f"{one.what} from {one.began - wait.began:+.1f} to"
                    f" {one.ended - wait.began:+.1f} s"
                    for one in faults
                    if one.is_within(wait)
                ]
                yield (
                    f"{wait.client}: in conversation {wait.conversation_id}, at the servers"
                    f" {sorted(wait.servers)}, a message waited for {wait.seconds:.1f} s, without"
                    f" a fault of its own; elsewhere: {', '.join(others) or 'none'}"
                )
