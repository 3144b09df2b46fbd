"""Who is typing: in memory, per connection, announced per person on transitions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

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

    deadlines: dict[Hashable, float] = field(default_factory=dict)
    announced_at: float = 0.0
    confirmed: bool = False
    """Whether our announcement came back from the group. Until then an end heard from the group
    is an older one, of before they began."""


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
        self._timeout = timeout
        self._clock = clock
        self._call_later = call_later
        self._timer: Timer | None = None
        self._wakes_at = 0.0
        self._typists: dict[int, dict[int, _Typist]] = {}
        self._elsewhere: dict[int, dict[int, float]] = {}

    def user_typing(self, conversation_id: int, user_id: int, connection: Hashable = None) -> None:
        """The user started or goes on typing on a connection."""
        now = self._clock()
        typists = self._typists.setdefault(conversation_id, {})
        typist = typists.get(user_id)
        is_new = typist is None
        if typist is None:
            typist = typists[user_id] = _Typist()
        typist.deadlines[connection] = now + self._timeout
        if is_new or now - typist.announced_at >= REPEAT:
            typist.announced_at = now
            self._on_typing_changed(conversation_id, user_id, True)
        self._wake_by(now + self._timeout)

    def user_stopped_typing(
        self, conversation_id: int, user_id: int, connection: Hashable = None
    ) -> None:
        """The user cleared the input on a connection. Typing on another goes on."""
        typist = self._typists.get(conversation_id, {}).get(user_id)
        if typist is None or typist.deadlines.pop(connection, None) is None:
            return
        if not typist.deadlines:
            self._remove(conversation_id, user_id)
            self._on_typing_changed(conversation_id, user_id, False)

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
        typist = self._typists.get(conversation_id, {}).get(user_id)
        if typist is not None:
            typist.confirmed = True

    def observed(self, conversation_id: int, user_id: int, *, is_typing: bool) -> None:
        """The group brought the announcement of another process about its own connections."""
        if is_typing:
            elsewhere = self._elsewhere.setdefault(conversation_id, {})
            elsewhere[user_id] = self._clock() + FORGET
            self._wake_by(elsewhere[user_id])
            return
        self._forget_elsewhere(conversation_id, user_id)
        if user_id in self._typists.get(conversation_id, {}):
            # Everybody heard a stop that was not meant for who types here.
            self._on_typing_changed(conversation_id, user_id, True)

    def ended(self, conversation_id: int, user_id: int) -> bool:
        """The group brought word that all typing of the user ended, as by a message; whether they
        typed here, and so had to be told to stop. What began after it goes on."""
        self._forget_elsewhere(conversation_id, user_id)
        typist = self._typists.get(conversation_id, {}).get(user_id)
        if typist is None or not typist.confirmed:
            return False
        self._remove(conversation_id, user_id)
        return True

    def get_typing_here(self, conversation_id: int) -> list[int]:
        """Ids of those typing in the conversation on connections of this process."""
        return list(self._typists.get(conversation_id, ()))

    def get_typing_users(self, conversation_id: int) -> list[int]:
        """Ids of those typing in the conversation."""
        now = self._clock()
        here = self._typists.get(conversation_id, {})
        elsewhere = self._elsewhere.get(conversation_id, {})
        return [*here, *(u for u, until in elsewhere.items() if u not in here and until > now)]

    def get_conversations(self, user_id: int) -> list[int]:
        """Ids of the conversations in which the user is typing, in this process or elsewhere."""
        known = {*self._typists, *self._elsewhere}
        return [pk for pk in known if self.is_user_typing(pk, user_id)]

    def is_user_typing(self, conversation_id: int, user_id: int) -> bool:
        """Whether the user is typing in the conversation."""
        if user_id in self._typists.get(conversation_id, {}):
            return True
        return self._elsewhere.get(conversation_id, {}).get(user_id, 0.0) > self._clock()

    def user_disconnected(self, user_id: int, connection: Hashable = None) -> None:
        """The connection is gone, and what the user typed on it ended."""
        for conversation_id, typists in list(self._typists.items()):
            if user_id in typists:
                self.user_stopped_typing(conversation_id, user_id, connection)

    def dispose(self) -> None:
        """Forget everybody, unannounced."""
        self._typists.clear()
        self._elsewhere.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """End who went silent, and come back when the next one would."""
        now = self._clock()
        self._end_silent(now)
        for conversation_id, elsewhere in list(self._elsewhere.items()):
            for user_id in [user for user, until in elsewhere.items() if until <= now]:
                self._forget_elsewhere(conversation_id, user_id)
        self._timer = None
        next_deadline = self._next_deadline()
        if next_deadline is not None:
            self._wake_by(next_deadline)

    def _end_silent(self, now: float) -> None:
        silent = [
            (conversation_id, user_id, connection)
            for conversation_id, typists in self._typists.items()
            for user_id, typist in typists.items()
            for connection, deadline in typist.deadlines.items()
            if deadline <= now
        ]
        for conversation_id, user_id, connection in silent:
            self.user_stopped_typing(conversation_id, user_id, connection)

    def _wake_by(self, deadline: float) -> None:
        """One timer for all, for the earliest of their deadlines."""
        if self._timer is not None:
            if self._wakes_at <= deadline:
                return
            self._timer.cancel()
        self._wakes_at = deadline
        self._timer = self._call_later(max(0.0, deadline - self._clock()), self._tick)

    def _next_deadline(self) -> float | None:
        here = (
            deadline
            for typists in self._typists.values()
            for typist in typists.values()
            for deadline in typist.deadlines.values()
        )
        elsewhere = (until for users in self._elsewhere.values() for until in users.values())
        return min((*here, *elsewhere), default=None)

    def _remove(self, conversation_id: int, user_id: int) -> None:
        _discard(self._typists, conversation_id, user_id)

    def _forget_elsewhere(self, conversation_id: int, user_id: int) -> None:
        _discard(self._elsewhere, conversation_id, user_id)


def _discard(table: dict[int, dict[int, Any]], conversation_id: int, user_id: int) -> None:
    users = table.get(conversation_id)
    if users is not None:
        users.pop(user_id, None)
        if not users:
            del table[conversation_id]
