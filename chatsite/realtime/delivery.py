"""From events to the sockets of a group: at once while it is quiet, joined into one frame in a
burst."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from chatsite.realtime.deadlines import Deadlines
from chatsite.realtime.frames import Frame, Item, item_of, newest
from chatsite.realtime.ordering import InOrder
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import Event

QUIET = 0.001
"""Seconds after the end of a flush from which on an event is sent at once. Events that came in
while the flush was written are handled sooner than that, and count as a burst: the more there is to
write, the more is joined."""

JOIN = 0.003
"""Seconds for which the events of a burst are collected."""

TOLD_MEMORY = 5.0
"""Seconds for which it is remembered who received a change of a person."""

Members = Mapping[str, Mapping[Socket, None]]
"""Group to its sockets."""


class Delivery:
    """The events on their way to the sockets of one event loop."""

    def __init__(self, members: Members, *, patience: float) -> None:
        self._members = members
        self._loop = asyncio.get_running_loop()
        self._order = InOrder(patience)
        self._order_timer: asyncio.TimerHandle | None = None
        self._pending: list[tuple[str, list[Item]]] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")
        self._told: dict[tuple[object, ...], set[Socket]] = {}
        """The change of a person to the sockets that received it."""
        self._told_until: Deadlines[tuple[object, ...]] = Deadlines(TOLD_MEMORY)
        self._is_paused = False

    def pause(self) -> None:
        """Keep what comes, since it is not known who may receive it."""
        self._is_paused = True

    def resume(self) -> None:
        """Deliver again. What was kept was no burst, so each publish gets a frame of its own."""
        self._is_paused = False
        waiting, self._pending = self._pending, []
        for one in waiting:
            self._pending = [one]
            self.flush()

    def add(self, group: str, events: list[Event]) -> None:
        """Deliver the events of one publish, after those with lower sequences."""
        for ready in self._order.take(group, events, now=self._loop.time()):
            self._pending.append((group, [item_of(event) for event in ready]))
        self._flush_soon()
        self._watch_order()

    def forget(self, group: str) -> None:
        """No local socket is in the group any more."""
        self._order.forget(group)

    def flush(self) -> None:
        """Give each socket what is pending for it, in one frame."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if self._is_paused or not self._pending:
            return
        pending, self._pending = self._pending, []
        if len({group for group, _ in pending}) == 1:
            items = [item for _, some in pending for item in some]
            self._deliver_to_group(pending[0][0], items)
        else:
            self._deliver_to_groups(pending)
        self._flushed_at = time.monotonic()

    def _flush_soon(self) -> None:
        if self._flush_timer is not None:
            return
        if time.monotonic() - self._flushed_at >= QUIET:
            self.flush()
        else:
            self._flush_timer = self._loop.call_later(JOIN, self.flush)

    def _watch_order(self) -> None:
        due = self._order.next_due
        if due is not None and self._order_timer is None:
            self._order_timer = self._loop.call_at(due, self._end_patience)

    def _end_patience(self) -> None:
        self._order_timer = None
        for group, events in self._order.overdue(now=self._loop.time()):
            self._pending.append((group, [item_of(event) for event in events]))
        self._flush_soon()
        self._watch_order()

    def _deliver_to_group(self, group: str, items: list[Item]) -> None:
        """Send the same frame to all sockets that may receive all of it."""
        if any(item.kind.is_about_person for item in items):
            self._deliver_to_groups([(group, items)])
            return
        members = list(self._members.get(group, ()))
        kept = newest(items)
        frame = Frame(kept)
        if not any(item.kind.is_personal for item in items):
            for socket in members:
                if socket.hidden_until:
                    self._deliver_allowed(socket, frame)
                else:
                    socket.deliver(frame)
            return
        senders = {item.event.get("senderId") for item in items}
        for socket in members:
            if socket.gets_everything and socket.user_id not in senders:
                socket.deliver(frame)
            else:
                self._deliver_allowed(socket, frame)

    def _deliver_allowed(self, socket: Socket, frame: Frame) -> None:
        """Send the socket those items of the frame that it may receive."""
        allowed = [item for item in frame.items if socket.may_get(item)]
        if len(allowed) == len(frame.items):
            socket.deliver(frame)
        elif allowed:
            socket.deliver(Frame(allowed))

    def _deliver_to_groups(self, pending: list[tuple[str, list[Item]]]) -> None:
        """One frame for each socket, whatever groups it is in; sockets with the same items share
        one."""
        outgoing: dict[Socket, list[Item]] = {}
        for group, items in pending:
            for item in items:
                for socket in self._receivers(group, item):
                    outgoing.setdefault(socket, []).append(item)
        frames: dict[tuple[int, ...], Frame] = {}
        for socket, its_items in outgoing.items():
            key = tuple(map(id, its_items))
            if key not in frames:
                frames[key] = Frame(newest(its_items))
            socket.deliver(frames[key])

    def _receivers(self, group: str, item: Item) -> list[Socket]:
        """The sockets of the group that may receive the item. They receive the change of a person
        once, even if it was published to several of their groups."""
        is_personal = item.kind.is_personal
        members = [
            socket
            for socket in self._members.get(group, ())
            if not (is_personal or socket.hidden_until) or socket.may_get(item)
        ]
        if item.kind.is_about_person:
            told = self._told_of(item.event)
            if "chosenStatus" not in item.event:
                members = [socket for socket in members if socket not in told]
            # The event for a person's own devices contains everything that others receive.
            told.update(members)
        return members

    def _told_of(self, event: Event) -> set[Socket]:
        now = self._loop.time()
        for key in self._told_until.take_due(now=now):
            del self._told[key]
        told = ("type", "senderId", "sequence", "presenceStatus")
        key = tuple(event.get(name) for name in told)
        if key not in self._told:
            self._told[key] = set()
            self._told_until.put(key, now=now)
        return self._told[key]
