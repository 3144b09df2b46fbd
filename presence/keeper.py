"""What each server process does for presence: beat, sweep, and end graces in time."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import os
import random
import secrets
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from django.conf import settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.locklanes import LockLanes
from chatsite.realtime.locks import Held, without_waiting
from chatsite.realtime.outages import outages
from chatsite.realtime.patience import PATIENCE, get_waiting_room, in_turn
from presence import services
from presence.policy import lease_timeout
from presence.selectors import connections_of_process

logger = logging.getLogger(__name__)

JITTER = 0.2
"""The part of the sweep's interval by which some are shorter, so that processes drift apart."""

RECONCILE_EVERY = 3
"""Beats. What could not be closed when its socket went waits no longer than a lease lasts."""

GRACE_GRID = 0.25
"""Seconds to which the ends of graces are rounded up, so that many cost one look."""


class PresenceKeeper:
    """The keeper of one process (more exactly: of one event loop) and of its connections."""

    def __init__(self) -> None:
        host = socket.gethostname()[:64]
        self.process = f"{host}:{os.getpid()}:{secrets.token_hex(4)}"
        """The name of this process' lease. Never used twice."""
        self._connections: dict[UUID, services.Opening] = {}
        """What is open here, whatever the database says."""
        self._ends: dict[UUID, Callable[[], None]] = {}
        """What closes those of them that were recorded with it."""
        self._may_be_swept = True
        """Whether the lease ran out since all that is open was recorded for the last time."""
        size = services.BATCH_SIZE
        self._opening = LockLanes(_open, key=_person_of, limit=size)
        self._reopening = LockLanes(_reopen, key=_person_of, limit=size)
        self._closing = LockLanes(_close, key=lambda pk: ("connection", pk), limit=size)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._graces: deque[float] = deque()
        """When graces end, on the loop's clock, rising."""
        self._choices_are_over = False
        self._no_sweep_before = 0.0
        """After the database was away, or its clock was set, every lease looks dead: let all
        processes beat first."""

    def ensure_started(self) -> None:
        """Run on this event loop, if it does not already. Cheap: for every connection."""
        self._ensure("beat", self._keep_beating)
        self._ensure("sweep", self._keep_sweeping)

    async def open(
        self, opening: services.Opening, *, end: Callable[[], None] | None = None
    ) -> bool:
        """Record a connection of this process, along with all that open at the moment. ``end`` is
        called if it is found to be recorded no longer, because its person was set offline.

        ``False``: the person has as many as they may. Raises ``DatabaseError``.
        """
        if not await self._opening.do(opening):
            return False
        self._connections[opening.connection_id] = opening
        if end is not None:
            self._ends[opening.connection_id] = end
        return True

    async def close(self, connection_id: UUID) -> None:
        """The connection is gone. What the database can't be told now is settled later.

        Raises ``DatabaseError``."""
        self._connections.pop(connection_id, None)
        self._ends.pop(connection_id, None)
        await self._closing.do(connection_id)
        self.grace_soon()

    async def set_idle(self, connection_id: UUID, *, is_idle: bool) -> None:
        """The device went idle, or is in use again. Raises ``DatabaseError``."""
        opening = self._connections.get(connection_id)
        if opening is not None:
            changed = msgspec.structs.replace(opening, is_idle=is_idle)
            self._connections[connection_id] = changed
        await in_turn(
            ("connection", connection_id),
            services.set_idle,
            connection_id=connection_id,
            is_idle=is_idle,
            now=clock.now(),
        )

    def grace_soon(self) -> None:
        """A connection closed: look for ended graces when this one may have."""
        end = asyncio.get_running_loop().time() + settings.PRESENCE_GRACE
        due = (math.floor(end / GRACE_GRID) + 1) * GRACE_GRID
        if not self._graces or self._graces[-1] < due:
            self._graces.append(due)
        self._ensure("grace", self._settle_graces)

    def choices_are_over(self) -> None:
        """Chosen statuses of people who are connected here end now: one look for all of them."""
        self._choices_are_over = True
        self._ensure("choices", self._end_choices)

    async def stop(self) -> None:
        """Stop in good order: what is still open is closed, and the lease dropped."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connections.clear()
        self._ends.clear()
        for lanes in (self._opening, self._reopening, self._closing):
            await lanes.drain()
        await self._try(self._forget)

    def _ensure(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        task = self._tasks.get(name)
        if task is None or task.done():
            self._tasks[name] = asyncio.ensure_future(run())

    async def _keep_beating(self) -> None:
        for turn in itertools.count(1):
            if not await self._try(self._beat):
                self._distrust_leases()
            elif turn % RECONCILE_EVERY == 0:
                await self._try(self._reconcile)
            await asyncio.sleep(settings.PRESENCE_LEASE_INTERVAL)

    async def _keep_sweeping(self) -> None:
        """Sweep at once: after a restart of the whole site nobody else has done it."""
        while True:
            if asyncio.get_running_loop().time() >= self._no_sweep_before:
                await self._try(self._sweep)
            spread = random.uniform(1 - JITTER, 1)  # noqa: S311 (only to drift apart)
            await asyncio.sleep(settings.PRESENCE_SWEEP_INTERVAL * spread)

    async def _settle_graces(self) -> None:
        loop = asyncio.get_running_loop()
        while self._graces:
            await asyncio.sleep(self._graces[0] - loop.time())
            while self._graces and self._graces[0] <= loop.time():
                self._graces.popleft()
            await self._try(self._settle_grace)

    async def _end_choices(self) -> None:
        while self._choices_are_over:
            self._choices_are_over = False
            await self._try(self._end_over)

    async def _beat(self) -> None:
        if await in_database(clock.learn):
            logger.warning("presence: the database's clock was set, so no lease tells its age")
            self._distrust_leases()
        if not await in_database(services.beat, process=self.process, now=clock.now()):
            self._may_be_swept = True
            await self._try(self._reconcile)

    async def _sweep(self) -> None:
        """Where there is anything to sweep. Beat first: to a machine that was suspended its own
        lease looks dead."""
        if not await in_database(services.is_sweep_due, process=self.process, now=clock.now()):
            return
        await self._beat()
        if asyncio.get_running_loop().time() >= self._no_sweep_before:
            await in_database(services.sweep, now=clock.now())

    async def _settle_grace(self) -> None:
        await in_database(services.settle_grace, now=clock.now())

    async def _end_over(self) -> None:
        """First of people whom nobody has locked, and then of the others, if there are any."""
        begin_by = asyncio.get_running_loop().time() + PATIENCE
        await in_database(without_waiting(services.end_choices), now=clock.now())
        if await in_database(services.ending_choices, now=clock.now()):
            room = get_waiting_room()
            await room.wait("choices", begin_by, services.end_choices, now=clock.now())

    async def _forget(self) -> None:
        await in_database(services.forget_process, process=self.process, now=clock.now())

    async def _reconcile(self) -> None:
        """Make the rows say what is: open again what was swept while this process stalled, and
        close what could not be closed when its socket went. What was not swept and is recorded no
        longer was set offline by an operator: it ends, though nobody could tell this process.

        A young row may belong to a connection that is about to be watched, so it is left alone.
        """
        held = dict(self._connections)
        rows = await in_database(connections_of_process, process=self.process)
        lost = [opening for connection_id, opening in held.items() if connection_id not in rows]
        if self._may_be_swept:
            await _all(self._open_again(opening) for opening in lost)
            self._may_be_swept = False
        else:
            self._end(opening.connection_id for opening in lost)
        old = clock.now() - lease_timeout()
        left = [
            connection_id
            for connection_id, connected_at in rows.items()
            if connection_id not in self._connections and connected_at < old
        ]
        await _all(self._closing.do(connection_id) for connection_id in left)

    def _end(self, connection_ids: Iterable[UUID]) -> None:
        for connection_id in connection_ids:
            # Those that were closed meanwhile are here no longer.
            end = self._ends.get(connection_id)
            if end is not None:
                end()

    async def _open_again(self, opening: services.Opening) -> None:
        connection_id = opening.connection_id
        if connection_id not in self._connections:
            return
        await self._reopening.do(opening)
        now_held = self._connections.get(connection_id)
        if now_held is None:
            # It was closed while being opened again, perhaps in that order.
            await self._closing.do(connection_id)
        elif now_held.is_idle != opening.is_idle:
            await self.set_idle(connection_id, is_idle=now_held.is_idle)

    async def _try(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Whether the step succeeded. A database that is away is logged, and tried again."""
        try:
            await step()
        except Exception as error:  # noqa: BLE001 (a bug is logged as one)
            outages.report(error, "presence: a step of the keeper failed")
            return False
        return True

    def _distrust_leases(self) -> None:
        now = asyncio.get_running_loop().time()
        self._no_sweep_before = now + lease_timeout().total_seconds()


def _person_of(opening: services.Opening) -> tuple[str, int]:
    return "person", opening.user_id


def _open(openings: Sequence[services.Opening]) -> list[bool | Held]:
    limit = settings.STREAM_MAX_CONNECTIONS_PER_USER
    return services.open_connections(openings, now=clock.now(), limit=limit)


def _reopen(openings: Sequence[services.Opening]) -> list[bool | Held]:
    return services.open_connections(openings, now=clock.now())


def _close(connection_ids: Sequence[UUID]) -> list[Held | None]:
    held = services.close_connections(connection_ids, now=clock.now())
    return [Held.HELD if connection_id in held else None for connection_id in connection_ids]


async def _all(steps: Iterable[Awaitable[None]]) -> None:
    """Wait for all, whatever becomes of some; what failed is logged once for each reason."""
    failures = [
        outcome
        for outcome in await asyncio.gather(*steps, return_exceptions=True)
        if isinstance(outcome, Exception)
    ]
    for failure in {str(failure): failure for failure in failures}.values():
        logger.error("presence: a connection could not be reconciled", exc_info=failure)


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, PresenceKeeper] = WeakKeyDictionary()


def get_keeper() -> PresenceKeeper:
    """The keeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = PresenceKeeper()
    return _keepers[loop]
