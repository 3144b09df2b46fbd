"""The per-process fan-out: one channel and one subscription a group, however many sockets.

An event for an idle process leaves at once. While events come in bursts, what arrives within a
few milliseconds is joined into one frame per socket; of typing and presence the newest wins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer, get_channel_layer
from redis.exceptions import RedisError

from chatsite.realtime.layers import GROUP_KEY, LOST
from chatsite.realtime.socket import Item, Socket, item_of, newest, text_frame
from chatsite.realtime.wire import Event

logger = logging.getLogger(__name__)

QUIET = 0.004
"""Seconds since the last flush after which an event leaves at once."""

JOIN = 0.003
"""Seconds for which a burst is joined."""

RENEW_DELAY = 0.5
"""Seconds after a subscription was made anew until everybody looks: it must be in force."""

RENEW_BATCH = 50
RENEW_PAUSE = 0.1
"""How many sockets begin to look at once, and the seconds between: they share the database."""

PERSONAL = frozenset({"typing", "presence", "read", "delivered"})
"""Kinds of events that some of a group may not get; those of changes are more."""

PRESENCE_MEMORY = 5.0
"""Seconds for which it is remembered who was told of a presence change."""


class LayerUnavailable(Exception):
    """The channel layer can't be reached, so a group can't be joined."""


class Fanout:
    """Groups of local sockets, fed by one channel of the process. One for each event loop."""

    def __init__(self, layer: BaseChannelLayer) -> None:
        self._layer = layer
        self._channel: str | None = None
        self._reader: asyncio.Task[None] | None = None
        self._members: dict[str, dict[Socket, None]] = {}
        self._subscribed: set[str] = set()
        self._subscribing = asyncio.Lock()
        self._pending: list[tuple[str, list[Item]]] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")
        self._outdated: dict[Socket, None] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._told: dict[tuple[object, ...], tuple[float, set[Socket]]] = {}
        self.observers: list[Observer] = []
        """Called once per process with each event of a group, before its sockets are."""

    async def join(self, socket: Socket, groups: Iterable[str]) -> None:
        """Deliver to ``socket`` what is sent to ``groups`` from now on.

        Raises ``LayerUnavailable``."""
        for group in groups:
            if group in self._subscribed and group in self._members:
                self._members[group][socket] = None
            else:
                await self._subscribe(socket, group)
            socket.groups.add(group)

    async def leave(self, socket: Socket, groups: Iterable[str]) -> None:
        """Deliver to ``socket`` nothing more of ``groups``: not one event after this call began."""
        empty: list[str] = []
        for group in list(groups):
            socket.groups.discard(group)
            members = self._members.get(group)
            if members is not None:
                members.pop(socket, None)
                if not members:
                    empty.append(group)
        for group in empty:
            await self._unsubscribe(group)

    async def remove(self, socket: Socket) -> None:
        """Forget the socket."""
        socket.abandon()
        await self.leave(socket, socket.groups)

    async def stop(self) -> None:
        """Read no more of the layer."""
        for task in (self._reader, self._renewing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._reader = self._renewing = None

    def has_members(self, group: str) -> bool:
        """Whether a local socket is in the group."""
        return bool(self._members.get(group))

    async def _subscribe(self, socket: Socket, group: str) -> None:
        """Under the lock, so that a group's last leave can't undo its next join."""
        async with self._subscribing:
            self._members.setdefault(group, {})[socket] = None
            if group not in self._subscribed:
                try:
                    await self._layer.group_add(group, await self._own_channel())
                except (OSError, RedisError) as error:
                    self._members.pop(group)
                    raise LayerUnavailable from error
                self._subscribed.add(group)

    async def _unsubscribe(self, group: str) -> None:
        async with self._subscribing:
            if self._members.get(group):
                return
            self._members.pop(group, None)
            if group in self._subscribed and self._channel is not None:
                self._subscribed.discard(group)
                try:
                    await self._layer.group_discard(group, self._channel)
                except (OSError, RedisError):
                    # What still comes for the group finds no members, which does no harm.
                    logger.warning("the layer is unavailable: still subscribed to %s", group)

    async def _own_channel(self) -> str:
        if self._channel is None:
            self._channel = await self._layer.new_channel()
            if hasattr(self._layer, "on_reconnect"):
                self._layer.on_reconnect(self._missed_something)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read(self._channel))
        return self._channel

    async def _read(self, channel: str) -> None:
        while True:
            try:
                message = await self._layer.receive(channel)
                await self.take(str(message.get(GROUP_KEY)), message)
            except Exception:
                # One bad message must not silence the process; a dead layer is tried again.
                logger.exception("the fan-out could not handle what the layer brought")
                await asyncio.sleep(JOIN)

    async def take(self, group: str, message: dict[str, Any]) -> None:
        """Hand on what was sent to the group. What is not the stream's is for others."""
        if message.get("type") != "stream.events":
            return
        events: list[Event] = message["events"]
        if events:
            for event in events:
                for observe in self.observers:
                    observe(event)
            self._pending.append((group, [item_of(event) for event in events]))
            self._schedule_flush()
        control = message.get("control")
        if control is None:
            return
        if control["type"] == LOST:
            self._renew(self._members.get(group, ()))
        else:
            self._flush()
            for socket in list(self._members.get(group, ())):
                await socket.control(control)

    def _missed_something(self) -> None:
        """The subscription was interrupted."""
        logger.warning("events may have been lost: every socket reads its state anew")
        self._renew({socket: None for members in self._members.values() for socket in members})

    def _renew(self, sockets: Iterable[Socket]) -> None:
        self._outdated |= dict.fromkeys(sockets)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.get_running_loop().create_task(self._renew_outdated())

    async def _renew_outdated(self) -> None:
        await asyncio.sleep(RENEW_DELAY)
        while self._outdated:
            for socket in list(self._outdated)[:RENEW_BATCH]:
                del self._outdated[socket]
                if not socket.closed:
                    await socket.control({"type": LOST})
            await asyncio.sleep(RENEW_PAUSE)

    def _schedule_flush(self) -> None:
        if self._flush_timer is not None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._flushed_at >= QUIET:
            self._flush()
        else:
            self._flush_timer = loop.call_later(JOIN, self._flush)

    def _flush(self) -> None:
        """Hand each socket what is pending for it, in one frame."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        pending, self._pending = self._pending, []
        if not pending:
            return
        outgoing: dict[Socket, list[Item]] = {}
        for group, items in pending:
            for item in items:
                for socket in self._receivers(group, item):
                    outgoing.setdefault(socket, []).append(item)
        _deliver(outgoing)
        self._flushed_at = asyncio.get_running_loop().time()

    def _receivers(self, group: str, item: Item) -> list[Socket]:
        """The group's sockets that may get the item; a presence change once each, whatever number
        of groups bring it."""
        members = list(self._members.get(group, ()))
        kind = item.event.get("type")
        if kind in PERSONAL or "revision" in item.event:
            members = [socket for socket in members if socket.may_get(item.event)]
        if kind == "presence":
            told = self._told_of(item.event)
            if "chosenStatus" not in item.event:
                members = [socket for socket in members if socket not in told]
            # What somebody is told of themselves says all that others are told beside it.
            told.update(members)
        return members

    def _told_of(self, event: Event) -> set[Socket]:
        now = asyncio.get_running_loop().time()
        for old in [key for key, (until, _) in self._told.items() if until <= now]:
            del self._told[old]
        key = (event.get("senderId"), event.get("sequence"), event.get("presenceStatus"))
        return self._told.setdefault(key, (now + PRESENCE_MEMORY, set()))[1]


class Observer(Protocol):
    """What a process wants to know of the events that pass: the type of ``Fanout.observers``."""

    def __call__(self, event: Event) -> None:
        """See one event. Must not block, raise, or change it."""


def _deliver(outgoing: dict[Socket, list[Item]]) -> None:
    """One frame a socket; sockets with the same items share one encoded frame."""
    frames: dict[tuple[int, ...], tuple[list[Item], dict[str, Any]]] = {}
    for socket, items in outgoing.items():
        key = tuple(map(id, items))
        if key not in frames:
            kept = newest(items)
            frames[key] = (kept, text_frame(kept))
        socket.deliver(*frames[key])


_fanouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Fanout] = WeakKeyDictionary()


def get_fanout() -> Fanout:
    """The fan-out of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _fanouts:
        layer = get_channel_layer()
        assert layer is not None, "CHANNEL_LAYERS has no default"
        _fanouts[loop] = Fanout(layer)
    return _fanouts[loop]


async def deliver_here(messages: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Deliver what could not be published to the sockets of this event loop, if it has any."""
    fanout = _fanouts.get(asyncio.get_running_loop())
    if fanout is not None:
        for group, message in messages:
            await fanout.take(group, message)
