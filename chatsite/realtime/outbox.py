"""What waits for one connection until its client has read what was sent before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from chatsite.realtime.backlog import Backlog, Reader
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.frames import Item, item_of, newest
from chatsite.realtime.wire import to_event


class Outbox:
    """What waits, in the order in which it is sent: the state that a connection begins with, the
    answers to the client's requests, and live events."""

    __slots__ = ("_answers", "_backlog", "_in_flight", "_limit", "_live", "_reader", "_state")

    def __init__(self, reader: Reader, backlog: Backlog, *, limit: int) -> None:
        self._reader = reader
        self._backlog = backlog
        self._limit = limit
        """How many live events may wait."""
        self._state: list[list[Item]] = []
        """Frames. A client can't ask for these faster than it reads, so they are not bounded."""
        self._answers: list[Item] = []
        self._live: list[Item] = []
        self._in_flight: list[Item] = []
        """Given to the server program, which has not accepted them yet."""

    def begin(self, frames: Iterable[Sequence[Item]], *, may_get: Callable[[Item], bool]) -> None:
        """Put the state first, and keep the live events that the client may still receive.

        What is left of an older state is dropped, except names that changed: the newer state
        contains only names that changed after the older one was read.
        """
        renamed = [item for old in self._state for item in old if item.kind.outlives_snapshot]
        self._state = [list(frame) for frame in frames if frame]
        if self._state:
            self._state[0][1:1] = renamed
        self._keep_live([item for item in self._live if may_get(item)])

    def answer(self, items: Sequence[Item]) -> None:
        """Keep an answer. It is sent in one frame, however many items it has."""
        self._answers.extend(items)
        self._backlog.add(self._reader, items)
        self._backlog.relieve(self._reader)

    def add(self, items: Sequence[Item]) -> None:
        """Keep live events. If there is no room, typing and presence are dropped first; if a
        durable event does not fit, the connection is closed."""
        live = newest([*self._live, *items])
        if len(live) > self._limit:
            live = [item for item in live if item.key is None]
        if len(live) > self._limit:
            self._reader.give_up()
            return
        self._keep_live(live)
        self._backlog.relieve(self._reader)

    def hand_over(self, items: Iterable[Item]) -> None:
        """Record that the server program was given the items, but has not accepted them yet."""
        self._in_flight = list(items)
        self._backlog.add(self._reader, self._in_flight)

    def take(self) -> Sequence[Item]:
        """The items of the next frame, which is handed over. Empty: nothing waits."""
        if self._state:
            return self._state.pop(0)
        self._in_flight = [*self._answers, *self._live]
        self._answers, self._live = [], []
        return self._in_flight

    def taken(self) -> None:
        """Record that the server program accepted what was handed over last."""
        self._backlog.remove(self._reader, self._in_flight)
        self._in_flight = []

    def forget(self, conversation_id: int) -> None:
        """Drop what waits of the conversation, except the event that the conversation changed. A
        catch-up that waits ends as refused."""

        def remaining(items: Iterable[Item]) -> list[Item]:
            return [
                _ended(item) if item.event.get("conversationId") == conversation_id else item
                for item in items
                if item.event.get("conversationId") != conversation_id
                or item.kind.outlives_membership
            ]

        self._state = [left for frame in self._state if (left := remaining(frame))]
        self._keep_live(remaining(self._live))
        before, self._answers = self._answers, remaining(self._answers)
        self._replace(before, self._answers)

    def clear(self) -> None:
        """Drop everything."""
        self._state = []
        self._backlog.remove(self._reader, [*self._answers, *self._live, *self._in_flight])
        self._answers, self._live, self._in_flight = [], [], []

    def _keep_live(self, live: list[Item]) -> None:
        before, self._live = self._live, live
        self._replace(before, live)

    def _replace(self, before: Iterable[Item], after: Iterable[Item]) -> None:
        self._backlog.add(self._reader, after)
        self._backlog.remove(self._reader, before)


def _ended(item: Item) -> Item:
    """The item as it may be sent to a client that left the conversation. The end of a catch-up
    becomes a refusal: it would claim that the client holds messages that were dropped."""
    if not item.event.get("isCatchup"):
        return item
    conversation_id = item.event.get("conversationId")
    return refused_catchup(Refused(ErrorCode.NOT_A_PARTICIPANT), conversation_id)


def refused_catchup(refused: Refused, conversation_id: int | None) -> Item:
    """What a client receives instead of a catch-up."""
    error = error_message(refused, conversation_id=conversation_id, refused_type="message")
    return item_of(to_event(error))
