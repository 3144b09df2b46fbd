"""The conversations that one connection has joined, kept up to date through every change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import assert_never
from weakref import WeakKeyDictionary, WeakSet

from chatsite.realtime.controls import HistoryChanged, Joined, Left, Resized, RoomControl
from chatsite.realtime.database import in_database
from chatsite.realtime.fanout import Fanout, get_fanout
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.locklanes import gathered_in_lanes
from chatsite.realtime.socket import Socket
from conversations import selectors
from conversations.selectors import Membership
from conversations.typists import get_typists

Join = Callable[[Socket, Collection[str]], Awaitable[None]]
"""``Fanout.join`` or ``Fanout.follow``."""

BATCH_SIZE = 100
"""People whose conversations are read in one unit of database work."""

memberships = gathered_in_lanes(
    selectors.memberships_of,
    key=lambda user_id: ("removal", user_id),
    limit=BATCH_SIZE,
    is_read=True,
)
"""The conversations of one user, read together with those of others who connect."""


class Rooms:
    """The conversations of a connection, and how many participants each has."""

    def __init__(self, socket: Socket, connection: Hashable) -> None:
        self.sizes: dict[int, int] = {}
        """Conversation to its number of participants."""
        self._socket = socket
        self._connection = connection
        self._places: dict[int, int] = {}
        self._gone: dict[int, int] = {}
        """Conversation to the id of the last participant row that was announced as removed.
        Removals are announced before they are committed, and announcements can arrive out of
        order, so row ids are compared."""

    def has_typing(self, conversation_id: int) -> bool:
        """Whether the conversation is small enough for typing indicators."""
        return selectors.has_typing(self.sizes[conversation_id])

    def was_left(self, conversation_id: int) -> bool:
        """Whether the user was removed during this connection."""
        return conversation_id in self._gone and conversation_id not in self.sizes

    @property
    def left(self) -> list[int]:
        """The conversations that ``was_left``."""
        return [conversation_id for conversation_id in self._gone if self.was_left(conversation_id)]

    async def enter(self, *, is_open: bool) -> set[int]:
        """Join the user's conversations, and leave others. Returns their ids.

        Raises ``LayerUnavailable``, unless the connection is open already: then it joins once the
        layer is back."""
        before = set(self.sizes)
        rows = [row for row in await self._read() if not self._is_gone(row)]
        found = {row.conversation_id for row in rows}
        await self.leave_all(before - found)
        fanout = get_fanout()
        await self._join(rows, fanout.follow if is_open else fanout.join)
        return found

    async def obey(self, control: RoomControl) -> bool:
        """Follow a change of a conversation. Returns whether the user left one."""
        match control:
            case Joined():
                await self._joined(control)
            case Left():
                return await self._left(control)
            case Resized():
                if control.conversation_id in self.sizes:
                    self._resize(control.conversation_id, control.participants)
            case HistoryChanged():
                hidden = control.hidden_until.get(self._socket.user_id, 0)
                self._hide(control.conversation_id, hidden)
            case never:
                assert_never(never)
        return False

    async def leave_all(self, conversation_ids: Collection[int]) -> None:
        """Receive no more events of these conversations, from now on."""
        for conversation_id in conversation_ids:
            self.sizes.pop(conversation_id, None)
            self._places.pop(conversation_id, None)
            self._hide(conversation_id, 0)
            get_typists().stopped(conversation_id, self._socket.user_id, self._connection)
            leaving = get_fanout().leave(self._socket, [conversation_group(conversation_id)])
            self._socket.forget(conversation_id)
            await leaving

    async def reinstate(self) -> bool:
        """Take back removals that were announced but not committed, by asking the database. Returns
        whether there were any."""
        mistaken = [row for row in await self._read() if self._is_gone(row)]
        for row in mistaken:
            del self._gone[row.conversation_id]
        return bool(mistaken)

    @property
    def user_id(self) -> int:
        """The user of the connection."""
        return self._socket.user_id

    @property
    def places(self) -> dict[int, int]:
        """Conversation to the id of the user's participant row, as far as this connection knows."""
        return dict(self._places)

    async def keep_only(self, places: dict[int, int], existing: Collection[int]) -> None:
        """Leave the conversations of those ``places`` that do not exist any more."""
        await self.leave_all(
            [
                conversation_id
                for conversation_id, place_id in places.items()
                if place_id not in existing and self._places.get(conversation_id) == place_id
            ]
        )

    async def _read(self) -> list[Membership]:
        return await memberships(self._socket.user_id)

    async def _joined(self, joined: Joined) -> None:
        row = Membership(
            conversation_id=joined.conversation_id,
            place_id=joined.place_id,
            hidden_until=joined.hidden_until,
            participants=joined.participants,
        )
        if not self._is_gone(row):
            await self._join([row], get_fanout().follow)

    async def _left(self, left: Left) -> bool:
        """Whether it was the user who left, and that was not known yet."""
        conversation_id, place_id = left.conversation_id, left.place_id
        if left.user_id != self._socket.user_id or place_id <= self._gone.get(conversation_id, 0):
            return False
        self._gone[conversation_id] = place_id
        if self._places.get(conversation_id, 0) <= place_id:
            await self.leave_all([conversation_id])
        return True

    async def _join(self, rows: Collection[Membership], join: Join) -> None:
        for row in rows:
            self._know(row)
        groups = [conversation_group(row.conversation_id) for row in rows]
        await join(self._socket, groups)
        # A removal may have been announced while the group was being joined.
        await self.leave_all([row.conversation_id for row in rows if self._is_gone(row)])

    def _is_gone(self, row: Membership) -> bool:
        return row.place_id <= self._gone.get(row.conversation_id, 0)

    def _know(self, row: Membership) -> None:
        self._resize(row.conversation_id, row.participants)
        self._places[row.conversation_id] = row.place_id
        self._hide(row.conversation_id, row.hidden_until)

    def _resize(self, conversation_id: int, participants: int) -> None:
        """Set the size. Typing on this connection ends if the conversation is too large for it."""
        self.sizes[conversation_id] = participants
        if not self.has_typing(conversation_id):
            get_typists().stopped(conversation_id, self._socket.user_id, self._connection)

    def _hide(self, conversation_id: int, until: int) -> None:
        if until:
            self._socket.hidden_until[conversation_id] = until
        else:
            self._socket.hidden_until.pop(conversation_id, None)


class Registry:
    """The rooms of all connections of one event loop."""

    def __init__(self, fanout: Fanout) -> None:
        self._all: WeakSet[Rooms] = WeakSet()
        fanout.auditors.append(self._audit)

    def add(self, rooms: Rooms) -> None:
        """Audit these rooms as long as they exist."""
        self._all.add(rooms)

    async def _audit(self) -> None:
        """Look for removals that were missed here, with one read for all connections."""
        known = [(rooms, rooms.places) for rooms in list(self._all)]
        if known:
            existing = await in_database(selectors.places_of, {rooms.user_id for rooms, _ in known})
            for rooms, places in known:
                await rooms.keep_only(places, existing)


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()


def get_registry() -> Registry:
    """The registry of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _registries:
        _registries[loop] = Registry(get_fanout())
    return _registries[loop]
