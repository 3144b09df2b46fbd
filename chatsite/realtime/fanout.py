"""The fan-out of a process: one channel, and one subscription for each group with local sockets.

What is published takes these steps:

1. ``_read`` receives a message of the channel layer, once for the process, and decodes it.
2. ``take`` shows its events to the observers, and adds them to ``delivery``.
3. ``delivery`` waits for events that come before them, joins bursts, and builds one frame for all.
4. Each ``Socket`` writes the frame, or keeps it until its client has read what came before.

If a subscription was interrupted, or it is not sure who is still in which group, ``delivery`` is
paused. The auditors then remove sockets from groups in which they may no longer be, and every
socket reads its state again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from chatsite.realtime.controls import Control, EventsLost
from chatsite.realtime.delivery import Delivery
from chatsite.realtime.envelopes import Envelope, decode_envelope, encode_envelope
from chatsite.realtime.groups import conversation_of
from chatsite.realtime.kinds import deliverable
from chatsite.realtime.latecomers import Latecomers
from chatsite.realtime.layers.base import GROUP_KEY, Layer, LayerUnavailable
from chatsite.realtime.layers.configured import get_layer
from chatsite.realtime.ordering import PATIENCE
from chatsite.realtime.outages import outages
from chatsite.realtime.socket import Socket
from chatsite.realtime.subscriptions import Subscriptions
from chatsite.realtime.wire import Event

logger = logging.getLogger(__name__)

RETRY = 0.05
"""Seconds until the layer is read again after it failed."""

RENEW_DELAY = 0.5
"""Seconds from an interruption until sockets read their state again; more often follow."""

AUDIT_RETRY = 0.5
"""Seconds until an audit that failed is tried again."""

RENEW_BATCH = 50
RENEW_PAUSE = 0.1
"""How many sockets start at once, and the seconds between: they share the database."""


class Fanout:
    """Groups of local sockets, fed by one channel of the process. One for each event loop."""

    def __init__(self, layer: Layer, *, patience: float = PATIENCE) -> None:
        self._layer = layer
        self._reader: asyncio.Task[None] | None = None
        self._members: dict[str, dict[Socket, None]] = {}
        self._subscriptions = Subscriptions(layer, is_wanted=self.has_members)
        self._delivery = Delivery(self._members, patience=patience)
        self._outdated: OrderedDict[Socket, None] = OrderedDict()
        self._renewing: asyncio.Task[None] | None = None
        self.observers: list[Observer] = []
        """Called once per process with each event of a group, before its sockets are."""
        self.welcomers: list[Callable[[str], None]] = []
        """Called with the group of a conversation that another process has joined. They publish
        again what that process can't read anywhere, such as who is typing."""
        self._name = secrets.token_hex(8)
        self.auditors: list[Auditor] = []
        """Called when the removal of somebody from a group may have been missed. They remove
        sockets from groups in which they may not be; nothing is delivered until they are done."""
        self._auditing: asyncio.Task[None] | None = None
        self._is_unsure = False
        self._interrupted: set[object] = set()
        """Servers of the layer whose subscriptions are not back yet."""
        self._latecomers = Latecomers(subscribe=self._subscribe, renew=self._renew)

    async def join(self, socket: Socket, groups: Iterable[str]) -> None:
        """Deliver to ``socket`` what is sent to ``groups`` from now on.

        Raises ``LayerUnavailable``; then ``remove`` it."""
        groups = set(groups)
        for group in groups:
            self._members.setdefault(group, {})[socket] = None
        socket.groups |= groups
        await self._subscribe(groups)

    async def follow(self, socket: Socket, groups: Iterable[str]) -> None:
        """``join`` for a socket that is in use already. While the layer is unavailable, the socket
        gets what this process publishes; once the layer is back, it reads its state again."""
        try:
            await self.join(socket, groups)
        except LayerUnavailable:
            self._latecomers.add(socket)

    async def _subscribe(self, groups: set[str]) -> None:
        if not self._subscriptions.has_all(groups):
            new = await self._subscriptions.ensure(groups)
            self._ensure_reader()
            await self._introduce([group for group in new if conversation_of(group)])

    async def _introduce(self, groups: Sequence[str]) -> None:
        """Announce this process to the groups, if other processes may be in them."""
        if not groups or not self._layer.is_shared:
            return
        message = encode_envelope(Envelope(newcomer=self._name))
        try:
            await self._layer.group_send_many([(group, message) for group in groups])
        except LayerUnavailable as error:
            # Whoever types says so again every few seconds.
            logger.debug("could not greet %s groups: %s", len(groups), error)

    async def leave(self, socket: Socket, groups: Iterable[str]) -> None:
        """Deliver nothing more of ``groups`` to ``socket``, from the moment of the call on."""
        empty: list[str] = []
        for group in list(groups):
            socket.groups.discard(group)
            members = self._members.get(group)
            if members is not None:
                members.pop(socket, None)
                if not members:
                    empty.append(group)
        for group in empty:
            del self._members[group]
            self._delivery.forget(group)
        if empty:
            await self._subscriptions.drop(empty)

    async def remove(self, socket: Socket) -> None:
        """Forget the socket."""
        socket.abandon()
        await self.leave(socket, socket.groups)

    def audit(self) -> None:
        """Pause delivery until the auditors have been called again."""
        self._delivery.pause()
        self._is_unsure = True
        if self._auditing is None or self._auditing.done():
            self._auditing = asyncio.get_running_loop().create_task(self._audit())

    async def _audit(self) -> None:
        is_failure_said = False
        while self._is_unsure:
            self._is_unsure = False
            try:
                for auditor in self.auditors:
                    await auditor()
            except Exception as error:  # noqa: BLE001 (a bug is logged as one)
                if not is_failure_said:
                    outages.report(error, "nothing is delivered: it is not sure who may hear what")
                is_failure_said = True
                self._is_unsure = True
                await asyncio.sleep(AUDIT_RETRY)
        if not self._interrupted:
            self._delivery.resume()

    async def deliver_alone(self, envelopes: Iterable[tuple[str, Envelope]]) -> None:
        """Deliver what could not be published to the local sockets. Removals can't have been
        received either, so the auditors are called first."""
        self._interrupted.clear()
        self.audit()
        for group, envelope in envelopes:
            await self.take(group, envelope)

    def interrupted(self, server: object) -> None:
        """The subscription to a server of the layer was interrupted."""
        self._interrupted.add(server)
        self._delivery.pause()

    def restored(self, server: object) -> None:
        """The subscription is back."""
        self._interrupted.discard(server)
        self.audit()
        self._renew({socket: None for members in self._members.values() for socket in members})

    async def stop(self) -> None:
        """Stop reading from the layer."""
        await self._latecomers.stop()
        for task in (self._reader, self._renewing, self._auditing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._renewing = None
        await self._layer.stop()

    def has_members(self, group: str) -> bool:
        """Whether a local socket is in the group."""
        return bool(self._members.get(group))

    def _ensure_reader(self) -> None:
        channel = self._subscriptions.channel
        assert channel is not None, "what is subscribed to has a channel"
        if self._reader is None:
            self._layer.watch(self)
            self._reader = asyncio.get_running_loop().create_task(self._read(channel))

    async def _read(self, channel: str) -> None:
        while True:
            try:
                message = await self._layer.receive(channel)
                envelope = decode_envelope(message)
                if envelope is not None:
                    await self.take(message[GROUP_KEY], envelope)
            except Exception:
                # One bad message must not silence the process; a dead layer is tried again.
                logger.exception("the fan-out could not handle what the layer brought")
                await asyncio.sleep(RETRY)

    async def take(self, group: str, envelope: Envelope) -> None:
        """Pass on what was sent to the group."""
        events = deliverable(envelope.events)
        for event in (*events, *deliverable(envelope.aside)):
            for observe in self.observers:
                observe(event, envelope.origin)
        if events:
            self._delivery.add(group, events)
        if envelope.newcomer not in (None, self._name):
            for welcome in self.welcomers:
                welcome(group)
        if envelope.control is not None:
            await self._control(group, envelope.control)

    async def _control(self, group: str, control: Control) -> None:
        if isinstance(control, EventsLost):
            self._renew(self._members.get(group, ()))
            return
        self._delivery.flush()
        for socket in list(self._members.get(group, ())):
            try:
                await socket.control(control)
            except Exception:
                # A failure of one connection must affect neither the others nor the publisher.
                logger.exception("a connection could not follow %s", control)

    def _renew(self, sockets: Iterable[Socket]) -> None:
        self._outdated |= dict.fromkeys(sockets)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.get_running_loop().create_task(self._renew_outdated())

    async def _renew_outdated(self) -> None:
        await asyncio.sleep(RENEW_DELAY)
        while self._outdated:
            for _ in range(min(RENEW_BATCH, len(self._outdated))):
                socket, _nothing = self._outdated.popitem(last=False)
                if not socket.closed:
                    await socket.control(EventsLost())
            await asyncio.sleep(RENEW_PAUSE)


class Auditor(Protocol):
    """The type of ``Fanout.auditors``."""

    async def __call__(self) -> None:
        """Remove sockets from the groups in which they may not be."""


class Observer(Protocol):
    """The type of ``Fanout.observers``."""

    def __call__(self, event: Event, origin: str | None) -> None:
        """Receive one event, and the ``origin`` it was published with, if any. Must not block,
        raise, or change the event."""


_fanouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Fanout] = WeakKeyDictionary()


def get_fanout() -> Fanout:
    """The fan-out of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _fanouts:
        _fanouts[loop] = Fanout(get_layer())
    return _fanouts[loop]


async def deliver_here(envelopes: Iterable[tuple[str, Envelope]]) -> None:
    """Deliver what could not be published to the sockets of this event loop, if there are any."""
    fanout = _fanouts.get(asyncio.get_running_loop())
    if fanout is not None:
        await fanout.deliver_alone(envelopes)
