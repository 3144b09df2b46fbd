"""Resynchronising: a connection whose client may hold a wrong state is shown the state anew.

Events follow the snapshot that the client was shown, so nothing may change unseen between the
snapshot and the first event. The states of a connection:

                     open
                      |
                      v   changed, left, restricted
        +--------> READING ------------------------> OUTDATED
        |           |   ^                               |
        |           |   +-- what was read is too old: --+
        |           |       read the snapshot again
        |           |
        |           |  what was read is true: show it
        |           v
        +--------- LIVE               close, or no longer signed in: CLOSED from anywhere
     restricted, lost,
     mistaken: start over

- READING: nothing is sent. Events wait, and a snapshot is being read.
- OUTDATED: as READING, but what is being read may be older than a change, and is not shown.
- LIVE: the snapshot was shown, and each event is sent as it comes.
- CLOSED: the connection has ended.

A loss that is heard of in READING or OUTDATED is deferred: the connection starts over once it is
LIVE. Starting over takes three steps: see that the user is still signed in, join the groups of what
they are in now, and read the snapshot. Subscribing comes first, so that no event falls in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

from django.db import Error as DatabaseError

from chatsite.realtime.outages import outages

Snapshot = TypeVar("Snapshot")

VERIFY_DELAY = 2.0
"""Seconds from hearing that the user left a conversation to looking whether it is so: it is
announced a moment before it is committed, and may fail to be."""


class State(Enum):
    """Where a connection is between the snapshot and the events. See the module."""

    READING = auto()
    OUTDATED = auto()
    LIVE = auto()
    CLOSED = auto()


class Reader(Protocol[Snapshot]):
    """What a connection can do about its state. All but ``show`` and ``hold`` may raise
    ``DatabaseError``."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""

    def hold(self) -> None:
        """Let events wait until the next ``show``."""

    async def enter(self) -> bool:
        """Join the groups of what the user is in now. False: the user is no longer signed in."""

    async def read(self) -> Snapshot:
        """Read what the user may see now."""

    def show(self, snapshot: Snapshot) -> Snapshot:
        """Send the snapshot, then the events that waited. Returns what of it was sent."""

    async def reinstate(self) -> bool:
        """Whether the user was wrongly said to have left something, which is believed no more."""

    def fail(self) -> None:
        """Close the connection: its state can't be read."""


class Resync(Generic[Snapshot]):
    """The resynchronising of one connection, on the running event loop."""

    def __init__(
        self,
        reader: Reader[Snapshot],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reader = reader
        self._sleep = sleep
        """Waits so many seconds."""
        self._state = State.READING
        self._is_loss_deferred = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> State:
        """Where the connection is."""
        return self._state

    async def open(self) -> Snapshot:
        """Read and show the first snapshot, once the groups are joined. Returns what was sent.

        Raises ``DatabaseError``."""
        return self._show(await self._read())

    def changed(self) -> None:
        """Something changed that a snapshot tells, and that a live connection was told."""
        if self._state is State.READING:
            self._state = State.OUTDATED

    def left(self) -> None:
        """The user is said to have left a conversation, which may turn out not to be so."""
        self.changed()
        if self._state is not State.CLOSED:
            self._start(self._verify())

    def restricted(self) -> None:
        """The user may see less or more than what they were shown."""
        self.changed()
        if self._state is State.LIVE:
            self._start_over_soon()

    def lost(self) -> None:
        """Events were lost. Anything may have been missed: to be signed out, let in or removed."""
        if self._state is State.LIVE:
            self._start_over_soon()
        elif self._state is not State.CLOSED:
            self._is_loss_deferred = True

    def close(self) -> None:
        """The connection is gone, or about to be."""
        self._state = State.CLOSED
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def _start_over_soon(self) -> None:
        """In a task of its own: whoever tells of a change must not wait for the database."""
        if not self._reader.is_closed:
            self._state = State.READING
            self._start(self._start_over())

    async def _start_over(self) -> None:
        self._reader.hold()
        # Whatever was told until now is read.
        self._state = State.READING
        self._is_loss_deferred = False
        try:
            if await self._reader.enter():
                self._show(await self._read())
            else:
                self.close()
        except DatabaseError as error:
            self._fail(error, "the state of a connection could not be read")

    async def _read(self) -> Snapshot:
        """Read until nothing has changed meanwhile."""
        snapshot = await self._reader.read()
        while self._state is State.OUTDATED:
            self._state = State.READING
            snapshot = await self._reader.read()
        return snapshot

    def _show(self, snapshot: Snapshot) -> Snapshot:
        self._state = State.LIVE
        shown = self._reader.show(snapshot)
        if self._is_loss_deferred:
            self.lost()
        return shown

    async def _verify(self) -> None:
        """Look whether what the user is said to have left was left."""
        await self._sleep(VERIFY_DELAY)
        try:
            if not self._reader.is_closed and await self._reader.reinstate():
                self._mistaken()
        except DatabaseError as error:
            self._fail(error, "a removal could not be verified")

    def _mistaken(self) -> None:
        """The user never left something, and has heard nothing of it since."""
        if self._state is State.LIVE:
            self._start_over_soon()

    def _fail(self, error: DatabaseError, what: str) -> None:
        outages.report(error, what)
        self._reader.fail()
        self.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
