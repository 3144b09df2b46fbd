"""Who is typing, and how: in memory, per connection, announced per person on transitions.

A person types text, records audio or sends a file; of a person who does several of these at once,
the last one heard of counts.

Each cost follows those concerned, however many others type: a tick looks at whoever is due, and a
disconnect at the conversations in which that user types.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from chatsite.realtime.deadlines import Deadlines
from chatsite.realtime.wire import Activity

V = TypeVar("V")

REPEAT = 5.0
"""Seconds after which a still typing person is announced again. With a frame due every 3 s and
``TYPING_TIMEOUT`` after the last, viewers hear of it at least every 10 s."""

FORGET = 15.0
"""Seconds after the last word of someone on another process until they are forgotten."""

TypingChanged = Callable[[int, int, bool], None]
"""Called with (conversation id, user id, is typing)."""


class Timer(Protocol):
    """What ``call_later`` returns."""

    def cancel(self) -> None:
        """Do not call."""


@dataclass
class _Typist:
    """Someone typing on sockets of this process."""

    connections: dict[Hashable, Activity] = field(default_factory=dict)
    """Those on which they type, each with a deadline of its own, the last one heard from last."""
    announced: Activity | None = None
    announced_at: float = 0.0
    confirmed: bool = False
    """Whether our announcement came back from the group. Until then an end heard from the group
    is an older one, of before they began."""

    @property
    def activity(self) -> Activity:
        """What they were last heard to do."""
        return next(reversed(self.connections.values()))


class _Table(Generic[V]):
    """Values for pairs of a conversation and a user, to be found from either side."""

    def __init__(self) -> None:
        self._by_conversation: dict[int, dict[int, V]] = {}
        self._by_user: dict[int, dict[int, V]] = {}

    def get(self, conversation_id: int, user_id: int) -> V | None:
        """What is there for the two, if anything."""
        return self._by_conversation.get(conversation_id, {}).get(user_id)

    def put(self, conversation_id: int, user_id: int, value: V) -> None:
        """Keep the value for the two."""
        self._by_conversation.setdefault(conversation_id, {})[user_id] = value
        self._by_user.setdefault(user_id, {})[conversation_id] = value

    def pop(self, conversation_id: int, user_id: int) -> V | None:
        """Forget what is there for the two, and return it."""
        value = _discard(self._by_conversation, conversation_id, user_id)
        _discard(self._by_user, user_id, conversation_id)
        return value

    def users_of(self, conversation_id: int) -> Iterable[int]:
        """The users for whom there is something in the conversation."""
        return self._by_conversation.get(conversation_id, {}).keys()

    def conversations_of(self, user_id: int) -> Iterable[int]:
        """The conversations in which there is something for the user."""
        return self._by_user.get(user_id, {}).keys()

    def clear(self) -> None:
        """Forget everything."""
        self._by_conversation.clear()
        self._by_user.clear()


class TypingIndicatorService:
    """Who is typing where, with timeouts. The clock and the timer are passed in, in seconds.

    Of this process' people it knows each connection; of others' what their process announced.
    """

    def __init__(
        self,
        *,
        on_typing_changed: TypingChanged,
        timeout: float,
        clock: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._on_typing_changed = on_typing_changed
        self._clock = clock
        self._call_later = call_later
        self._timer: Timer | None = None
        self._wakes_at = 0.0
        self._typists: _Table[_Typist] = _Table()
        self._deadlines: Deadlines[tuple[int, int, Hashable]] = Deadlines(timeout)
        """Of (conversation, user, connection)."""
        self._elsewhere: _Table[Activity] = _Table()
        self._elsewhere_until: Deadlines[tuple[int, int]] = Deadlines(FORGET)
        """Of (conversation, user)."""

    def user_typing(
        self,
        conversation_id: int,
        user_id: int,
        connection: Hashable = None,
        activity: Activity = Activity.TEXT,
    ) -> None:
        """The user started or goes on typing on a connection."""
        now = self._clock()
        typist = self._typists.get(conversation_id, user_id)
        if typist is None:
            typist = _Typist()
            self._typists.put(conversation_id, user_id, typist)
        typist.connections.pop(connection, None)
        typist.connections[connection] = activity
        self._deadlines.put((conversation_id, user_id, connection), now=now)
        if typist.announced is not activity or now - typist.announced_at >= REPEAT:
            self._announce(conversation_id, user_id, typist)
        self._ensure_timer()

    def user_stopped_typing(
        self, conversation_id: int, user_id: int, connection: Hashable = None
    ) -> None:
        """The user cleared the input on a connection. Typing on another goes on."""
        if self._deadlines.remove((conversation_id, user_id, connection)):
            self._stop(conversation_id, user_id, connection)

    def take(self, conversation_id: int, user_id: int) -> bool:
        """End all typing of the user here, unannounced: a message ends it in its own frame.
        Says whether they were typing, in this process or elsewhere."""
        was_typing = self.is_user_typing(conversation_id, user_id)
        self._remove(conversation_id, user_id)
        self._forget_elsewhere(conversation_id, user_id)
        return was_typing

    def echoed(self, conversation_id: int, user_id: int) -> None:
        """The group brought back our own word that the user types. It may do so when they have
        stopped already; that they did is on its way."""
        typist = self._typists.get(conversation_id, user_id)
        if typist is not None:
            typist.confirmed = True

    def observed(self, conversation_id: int, user_id: int, activity: Activity | None) -> None:
        """The group brought the announcement of another process about its own connections;
        ``None``: the user stopped there."""
        if activity is not None:
            self._elsewhere.put(conversation_id, user_id, activity)
            self._elsewhere_until.put((conversation_id, user_id), now=self._clock())
            self._ensure_timer()
            return
        self._forget_elsewhere(conversation_id, user_id)
        if self._typists.get(conversation_id, user_id) is not None:
            # Everybody heard a stop that was not meant for who types here.
            self._on_typing_changed(conversation_id, user_id, True)

    def ended(self, conversation_id: int, user_id: int) -> bool:
        """The group brought word that all typing of the user ended, as by a message; whether they
        typed here, and so had to be told to stop. What began after it goes on."""
        self._forget_elsewhere(conversation_id, user_id)
        typist = self._typists.get(conversation_id, user_id)
        if typist is None or not typist.confirmed:
            return False
        self._remove(conversation_id, user_id)
        return True

    def get_typing_here(self, conversation_id: int) -> list[int]:
        """Ids of those typing in the conversation on connections of this process."""
        return list(self._typists.users_of(conversation_id))

    def is_typing_here(self, conversation_id: int, user_id: int) -> bool:
        """Whether the user is typing in the conversation on a connection of this process."""
        return self._typists.get(conversation_id, user_id) is not None

    def get_typing_users(self, conversation_id: int) -> list[int]:
        """Ids of those typing in the conversation."""
        here = self.get_typing_here(conversation_id)
        elsewhere = [
            user_id
            for user_id in self._elsewhere.users_of(conversation_id)
            if not self.is_typing_here(conversation_id, user_id)
            and self.is_user_typing(conversation_id, user_id)
        ]
        return here + elsewhere

    def get_conversations(self, user_id: int) -> list[int]:
        """Ids of the conversations in which the user is typing, in this process or elsewhere."""
        known = {
            *self._typists.conversations_of(user_id),
            *self._elsewhere.conversations_of(user_id),
        }
        return [pk for pk in known if self.is_user_typing(pk, user_id)]

    def is_user_typing(self, conversation_id: int, user_id: int) -> bool:
        """Whether the user is typing in the conversation."""
        return self.activity_of(conversation_id, user_id) is not None

    def activity_of(self, conversation_id: int, user_id: int) -> Activity | None:
        """What the user does in the conversation, if they are typing."""
        typist = self._typists.get(conversation_id, user_id)
        if typist is not None:
            return typist.activity
        if not self._elsewhere_until.is_alive((conversation_id, user_id), now=self._clock()):
            return None
        return self._elsewhere.get(conversation_id, user_id)

    def user_disconnected(self, user_id: int, connection: Hashable = None) -> None:
        """The connection is gone, and what the user typed on it ended."""
        for conversation_id in list(self._typists.conversations_of(user_id)):
            self.user_stopped_typing(conversation_id, user_id, connection)

    def dispose(self) -> None:
        """Forget everybody, unannounced."""
        self._typists.clear()
        self._deadlines.clear()
        self._elsewhere.clear()
        self._elsewhere_until.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """End the typing of whoever went silent, and come back when the next one would."""
        self._timer = None
        now = self._clock()
        for conversation_id, user_id, connection in self._deadlines.take_due(now=now):
            self._stop(conversation_id, user_id, connection)
        for conversation_id, user_id in self._elsewhere_until.take_due(now=now):
            self._elsewhere.pop(conversation_id, user_id)
        self._ensure_timer()

    def _stop(self, conversation_id: int, user_id: int, connection: Hashable) -> None:
        """Typing on the connection, whose deadline is gone, has ended."""
        typist = self._typists.get(conversation_id, user_id)
        assert typist is not None, "a deadline is one of somebody who types"
        del typist.connections[connection]
        if not typist.connections:
            self._typists.pop(conversation_id, user_id)
            self._on_typing_changed(conversation_id, user_id, False)
        elif typist.activity is not typist.announced:
            self._announce(conversation_id, user_id, typist)

    def _announce(self, conversation_id: int, user_id: int, typist: _Typist) -> None:
        typist.announced = typist.activity
        typist.announced_at = self._clock()
        self._on_typing_changed(conversation_id, user_id, True)

    def _ensure_timer(self) -> None:
        """Have one timer for all, for the earliest of their deadlines."""
        dues = (self._deadlines.next_due, self._elsewhere_until.next_due)
        earliest = min((due for due in dues if due is not None), default=None)
        if earliest is None:
            return
        if self._timer is not None:
            if self._wakes_at <= earliest:
                return
            self._timer.cancel()
        self._wakes_at = earliest
        self._timer = self._call_later(max(0.0, earliest - self._clock()), self._tick)

    def _remove(self, conversation_id: int, user_id: int) -> None:
        typist = self._typists.pop(conversation_id, user_id)
        for connection in typist.connections if typist is not None else ():
            self._deadlines.remove((conversation_id, user_id, connection))

    def _forget_elsewhere(self, conversation_id: int, user_id: int) -> None:
        if self._elsewhere_until.remove((conversation_id, user_id)):
            self._elsewhere.pop(conversation_id, user_id)


def _discard(table: dict[int, dict[int, V]], row: int, column: int) -> V | None:
    """Take one value out of a table of tables, and its row if that was the last one in it."""
    values = table.get(row)
    if values is None:
        return None
    value = values.pop(column, None)
    if not values:
        del table[row]
    return value
