"""A reorder buffer: puts the messages of a group back into the order of their sequences.

Two processes that store one message each publish them after their commits, in either order. Every
client that received the later one first would see a gap, and ask for a catch-up of a message that
is on its way already. Therefore the later one waits here for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from chatsite.realtime.deadlines import Deadlines
from chatsite.realtime.kinds import KINDS
from chatsite.realtime.wire import Event

PATIENCE = 0.05
"""Seconds for which a message waits for those before it. After that they count as lost, and
clients ask for them."""


class _Batch(msgspec.Struct, frozen=True):
    """The events of one publish. If no new message is among them, both sequences are 0."""

    events: list[Event]
    first: int
    last: int


class InOrder:
    """The buffers of all groups of one process. The clock is passed in, in seconds."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._last: dict[str, int] = {}
        """Group to the sequence of the newest message that was passed on."""
        self._waiting: dict[str, list[_Batch]] = {}
        """Group to the publishes that wait, in the order in which they came."""
        self._deadlines: Deadlines[str] = Deadlines(patience)
        """When the publishes that wait in a group are passed on in any case."""

    def take(self, group: str, events: list[Event], *, now: float) -> Iterator[list[Event]]:
        """The publishes to pass on now: this one, or this one and those that waited for it, or
        none."""
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
        """The groups and publishes that have waited long enough."""
        for group in self._deadlines.take_due(now=now):
            for batch in _sorted(self._waiting.pop(group)):
                self._pass(group, batch)
                yield group, batch.events

    @property
    def next_due(self) -> float | None:
        """When ``overdue`` will return something, or ``None``."""
        return self._deadlines.next_due

    def forget(self, group: str) -> None:
        """No local socket is in the group any more."""
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
    """Whether the event is a new message, and not an edit, a deletion, or part of a catch-up."""
    is_ordered = KINDS[event["type"]].is_ordered
    return is_ordered and not ("revision" in event or "isCatchup" in event)


def _sorted(batches: Sequence[_Batch]) -> list[_Batch]:
    """Messages by sequence; other publishes after the messages that came before them."""
    newest = accumulate((batch.last for batch in batches), max)
    places = [
        (batch.first or came_after, not batch.last)
        for batch, came_after in zip(batches, newest, strict=True)
    ]
    return [batches[index] for index in sorted(range(len(batches)), key=places.__getitem__)]
