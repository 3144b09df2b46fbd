"""Resynchronising: a connection whose client may hold a wrong state is shown the state anew.

Events follow the snapshot that the client was shown, so nothing may change unseen between the
snapshot and the first event. The states of a connection:

             changed, left, restricted
         +--------------------------------> OUTDATED
         |  +-------------------------------- |  |
         |  |  read the snapshot again           | lost, mistaken
         |  v                                    v
  open  READING ------ lost, mistaken -----> MISSED
  --->   |  ^ ^                                |
         |  | +----------- start over ---------+
         |  |
  true:  |  |  restricted, lost, mistaken:
  show   v  |  start over
        LIVE                         closed, or signed out: CLOSED from anywhere

- READING: nothing is sent. Events wait, and a snapshot is being read.
- OUTDATED: as READING, but what is being read may be older than a change, and is not shown.
- MISSED: as OUTDATED, but events were lost, so the groups may not be the right ones either.
- LIVE: the snapshot was shown, and each event is sent as it comes.
- CLOSED: the connection has ended.

OUTDATED and MISSED last until the reading that is under way has ended. Starting over takes three
steps: see that the user is still signed in, join the groups of what they are in now, and read the
snapshot. Subscribing comes first, so that no event falls in between.
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
    MISSED = auto()
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
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> State:
        """Where the connection is."""
        return self._state

    async def open(self) -> Snapshot | None:
        """Read and show the first snapshot, once the groups are joined. Returns what was sent;
        ``None``: the user is no longer signed in, or the connection has ended.

        Raises ``DatabaseError``."""
        return await self._show_once_true(await self._reader.read())

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
            self._state = State.MISSED

    def close(self) -> None:
        """The connection is gone, or about to be."""
        self._state = State.CLOSED
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def _start_over_soon(self) -> None:
        """Start over in a task of its own: the fan-out must not wait for the database."""
        if not self._reader.is_closed:
            self._state = State.READING
            self._start(self._show_anew())

    async def _show_anew(self) -> None:
        try:
            await self._show_once_true(await self._start_over())
        except DatabaseError as error:
            self._fail(error, "the state of a connection could not be read")

    async def _start_over(self) -> Snapshot | None:
        self._reader.hold()
        # Whatever was told until now is read.
        self._state = State.READING
        if not await self._reader.enter():
            self.close()
            return None
        return await self._reader.read()

    async def _show_once_true(self, snapshot: Snapshot | None) -> Snapshot | None:
        """Read until nothing has happened meanwhile, and show what was read last."""
        while snapshot is not None:
            match self._state:
                case State.READING:
                    self._state = State.LIVE
                    return self._reader.show(snapshot)
                case State.OUTDATED:
                    self._state = State.READING
                    snapshot = await self._reader.read()
                case State.MISSED:
                    snapshot = await self._start_over()
                case State.CLOSED:
                    return None
                case State.LIVE:
                    raise AssertionError("a live connection reads nothing")
        return None

    async def _verify(self) -> None:
        """Look whether what the user is said to have left was left."""
        await self._sleep(VERIFY_DELAY)
        try:
            if not self._reader.is_closed and await self._reader.reinstate():
                # The user never left, and has heard nothing of it since they were said to.
                self.lost()
        except DatabaseError as error:
            self._fail(error, "a removal could not be verified")

    def _fail(self, error: DatabaseError, what: str) -> None:
        outages.report(error, what)
        self._reader.fail()
        self.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
