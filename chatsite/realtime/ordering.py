"""Messages of a group back in the order of their sequences, if another process was quicker.

Two processes that store one message each publish them after their commits, in whatever order they
come to it. Everybody who heard the later one first would see a gap, and ask for a catch-up of what
is on its way already. So the later one waits here for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from chatsite.realtime.deadlines import Deadlines
from chatsite.realtime.kinds import KINDS
from chatsite.realtime.wire import Event

PATIENCE = 0.05
"""Seconds for which a message waits for those before it. Then they are lost, and clients ask."""


class _Batch(msgspec.Struct, frozen=True):
    """The events of one publish. Without a new message among them, both sequences are 0."""

    events: list[Event]
    first: int
    last: int


class InOrder:
    """The order of the groups of one process. The clock is passed in, in seconds."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._last: dict[str, int] = {}
        """Group to the sequence of the newest message that went through."""
        self._waiting: dict[str, list[_Batch]] = {}
        """What waits in a group, in the order in which it came."""
        self._deadlines: Deadlines[str] = Deadlines(patience)
        """When whatever waits in a group goes."""

    def take(self, group: str, events: list[Event], *, now: float) -> Iterator[list[Event]]:
        """The publishes that may go now: this one, it and what waited for it, or none."""
        batch = _batch_of(events)
        waiting = self._waiting.get(group)
        if waiting is None and not self._is_early(group, batch):
            self._pass(group, batch)
            yield events
        elif waiting is None:
            self._waiting[group] = [batch]
            self._deadlines.put(group, now=now)
        else:
            waiting.append(batch)
            yield from self._release(group, waiting)

    def overdue(self, *, now: float) -> Iterator[tuple[str, list[Event]]]:
        """The groups and publishes that waited long enough."""
        for group in self._deadlines.take_due(now=now):
            for batch in _sorted(self._waiting.pop(group)):
                self._pass(group, batch)
                yield group, batch.events

    @property
    def next_due(self) -> float | None:
        """When ``overdue`` has something, or ``None``."""
        return self._deadlines.next_due

    def forget(self, group: str) -> None:
        """Nobody here is in the group any more."""
        self._last.pop(group, None)
        self._waiting.pop(group, None)
        self._deadlines.remove(group)

    def _release(self, group: str, waiting: list[_Batch]) -> Iterator[list[Event]]:
        batches = _sorted(waiting)
        while batches and not self._is_early(group, batches[0]):
            batch = batches.pop(0)
            self._pass(group, batch)
            yield batch.events
        if batches:
            self._waiting[group] = batches
        else:
            del self._waiting[group]
            self._deadlines.remove(group)

    def _is_early(self, group: str, batch: _Batch) -> bool:
        return group in self._last and batch.first > self._last[group] + 1

    def _pass(self, group: str, batch: _Batch) -> None:
        if batch.last:
            self._last[group] = max(batch.last, self._last.get(group, 0))


def _batch_of(events: list[Event]) -> _Batch:
    sequences = [event.get("sequence", 0) for event in events if is_new_message(event)]
    return _Batch(events, first=min(sequences, default=0), last=max(sequences, default=0))


def is_new_message(event: Event) -> bool:
    """Edits and deletions of older messages have a revision; a caught-up one has been new."""
    is_ordered = KINDS[event["type"]].is_ordered
    return is_ordered and not ("revision" in event or "isCatchup" in event)


def _sorted(batches: Sequence[_Batch]) -> list[_Batch]:
    """Messages by sequence; whatever else there is, after the messages that came before it."""
    newest = accumulate((batch.last for batch in batches), max)
    places = [
        (batch.first or came_after, not batch.last)
        for batch, came_after in zip(batches, newest, strict=True)
    ]
    return [batches[index] for index in sorted(range(len(batches)), key=places.__getitem__)]
