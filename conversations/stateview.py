"""The state that one connection shows its client: what ``resync`` reads, and how it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chatsite.realtime import clock
from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import ChatStreamMessage
from conversations import connecting
from conversations.appearance import Appearance
from conversations.connecting import Snapshot
from conversations.heartbeats import get_own_presences
from conversations.outbound import name_of
from conversations.rooms import Rooms
from conversations.typists import get_typists

SignedIn = Callable[[], Awaitable[Any | None]]
"""The user, if their session holds; else the connection is closed."""


class StateView:
    """The ``Reader`` of a connection's ``Resync``."""

    def __init__(
        self, socket: Socket, rooms: Rooms, appearance: Appearance, *, signed_in: SignedIn
    ) -> None:
        self.people: int | None = None
        """The version of people up to which the client knows their names, if it counts them."""
        self._socket = socket
        self._rooms = rooms
        self._appearance = appearance
        self._signed_in = signed_in
        self._entered: set[int] = set()
        """The conversations joined since a snapshot was last read."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._socket.closed

    def hold(self) -> None:
        """Let events wait until the next ``show``."""
        self._socket.hold()

    async def enter_first(self) -> None:
        """Join the groups of a new connection. Raises ``LayerUnavailable``."""
        self._entered = await self._rooms.enter(is_open=False)

    async def enter(self) -> bool:
        """Join the groups of what the user is in now. False: the user is no longer signed in."""
        user = await self._signed_in()
        if user is None:
            return False
        self._appearance.name = name_of(user)
        self._entered = await self._rooms.enter(is_open=True)
        return True

    async def read(self) -> Snapshot:
        """Read what the user may see now."""
        asked = connecting.Asked(user_id=self._socket.user_id, people=self.people, now=clock.now())
        snapshot = await connecting.snapshot(asked)
        await self._leave_what_is_gone(snapshot)
        return snapshot

    def show(self, snapshot: Snapshot) -> Snapshot:
        """Send the snapshot, then the events that waited. Returns what of it was sent."""
        get_own_presences().learn(snapshot.own)
        if self.people is not None:
            self.people = snapshot.ready.people_version
        self._appearance.choose(snapshot.choice)
        self._appearance.restrict(snapshot.privacy)
        shown = snapshot.without(self._rooms.left)
        self._socket.release(connecting.frames_of(shown, self._typing(), now=clock.now()))
        return shown

    async def reinstate(self) -> bool:
        """Whether the user was wrongly said to have left something, which is believed no more."""
        return await self._rooms.reinstate()

    def fail(self) -> None:
        """Close the connection: its state can't be read."""
        self._socket.close(CloseCode.UNAVAILABLE)

    def _typing(self) -> list[ChatStreamMessage]:
        if not self._socket.sees_typing:
            return []
        rooms = set(filter(self._rooms.has_typing, self._rooms.sizes))
        return get_typists().snapshot(rooms, but=self._socket.user_id)

    async def _leave_what_is_gone(self, snapshot: Snapshot) -> None:
        """A user who was removed before the snapshot was read, and after the conversations were,
        has joined the group after the removal was announced."""
        current = {state.conversation_id for state in snapshot.ready.conversations or ()}
        entered, self._entered = self._entered, set()
        await self._rooms.leave_all(entered - current)
