"""What waits for one connection until its client has read what was sent before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from chatsite.realtime.backlog import Backlog, Reader
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.frames import Item, item_of, newest
from chatsite.realtime.wire import to_event


class Outbox:
    """In the order in which it is sent: the state that a connection begins with, the answers to
    what the client asked, and live events."""

    __slots__ = ("_answers", "_backlog", "_in_flight", "_limit", "_live", "_reader", "_state")

    def __init__(self, reader: Reader, backlog: Backlog, *, limit: int) -> None:
        self._reader = reader
        self._backlog = backlog
        self._limit = limit
        """Live events that may wait."""
        self._state: list[list[Item]] = []
        """Frames. Nobody asks for these faster than they read, so their size is not bounded."""
        self._answers: list[Item] = []
        self._live: list[Item] = []
        self._in_flight: list[Item] = []
        """In the hands of the server program, which has yet to take them."""

    def begin(self, frames: Iterable[Sequence[Item]], *, may_get: Callable[[Item], bool]) -> None:
        """The state comes first, then what waited for it and may still be told.

        What is left of an older state is dropped, but for the names that changed: the newer state
        tells only of those that changed since."""
        renamed = [item for old in self._state for item in old if item.kind.outlives_snapshot]
        self._state = [list(frame) for frame in frames if frame]
        if self._state:
            self._state[0][1:1] = renamed
        self._keep_live([item for item in self._live if may_get(item)])

    def answer(self, items: Sequence[Item]) -> None:
        """An answer waits. It goes out in one frame, however many items it has."""
        self._answers.extend(items)
        self._backlog.add(self._reader, items)
        self._backlog.relieve(self._reader)

    def add(self, items: Sequence[Item]) -> None:
        """Live events wait. Typing and presence are dropped first; where a durable event does not
        fit, the reader is given up."""
        live = newest([*self._live, *items])
        if len(live) > self._limit:
            live = [item for item in live if item.key is None]
        if len(live) > self._limit:
            self._reader.give_up()
            return
        self._keep_live(live)
        self._backlog.relieve(self._reader)

    def hand_over(self, items: Iterable[Item]) -> None:
        """The server program was given the items, and has yet to take them."""
        self._in_flight = list(items)
        self._backlog.add(self._reader, self._in_flight)

    def take(self) -> Sequence[Item]:
        """What the next frame holds: it is handed over. Empty: nothing waits."""
        if self._state:
            return self._state.pop(0)
        self._in_flight = [*self._answers, *self._live]
        self._answers, self._live = [], []
        return self._in_flight

    def taken(self) -> None:
        """The server program took what was handed over last."""
        self._backlog.remove(self._reader, self._in_flight)
        self._in_flight = []

    def forget(self, conversation_id: int) -> None:
        """Drop what waits of the conversation. That it changed for them may still be told, and a
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
    """Of a conversation that is not the reader's any more: that everything is held up to the end
    of a catch-up is not so, if what came before it is not told."""
    if not item.event.get("isCatchup"):
        return item
    conversation_id = item.event.get("conversationId")
    return refused_catchup(Refused(ErrorCode.NOT_A_PARTICIPANT), conversation_id)


def refused_catchup(refused: Refused, conversation_id: int | None) -> Item:
    """What a client gets instead of a catch-up."""
    error = error_message(refused, conversation_id=conversation_id, refused_type="message")
    return item_of(to_event(error))
