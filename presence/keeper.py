"""What each server process does for presence: beat, sweep, and end graces in time."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.locks import without_waiting
from chatsite.realtime.outages import outages
from chatsite.realtime.patience import PATIENCE, get_waiting_room
from presence import services
from presence.holdings import Holder, Holdings
from presence.lease import Lease
from presence.policy import lease_timeout

logger = logging.getLogger(__name__)

JITTER = 0.2
"""The part of the sweep's interval by which some are shorter, so that processes drift apart."""

RECONCILE_EVERY = 3
"""Beats. What could not be closed when its socket went waits no longer than a lease lasts."""

GRACE_GRID = 0.25
"""Seconds to which the ends of graces are rounded up, so that many cost one look."""


class PresenceKeeper:
    """The keeper of one process (more exactly: of one event loop) and of its connections.

    It announces nothing of people unless its lease is valid, and what became of them is known."""

    def __init__(self) -> None:
        self._lease = Lease(steady=clock.steady)
        self._holdings = Holdings(self._lease)
        self._has_learned = False
        """Whether the connections were reconciled since the lease was last lost."""
        self._beating: asyncio.Task[None] | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._graces: deque[float] = deque()
        """When graces end, on the loop's clock, rising."""
        self._choices_are_over = False
        self._no_sweep_before = 0.0
        """After the database was away, its clock was set, or this process was stopped, every lease
        looks dead: let all processes beat first."""

    @property
    def process(self) -> str:
        """The name of this process' lease."""
        return self._lease.process

    def ensure_started(self) -> None:
        """Run on this event loop, if it does not already. Cheap: for every connection."""
        self._ensure("beat", self._keep_beating)
        self._ensure("sweep", self._keep_sweeping)

    async def open(self, opening: services.Opening, *, holder: Holder | None = None) -> bool:
        """Record a connection of this process, along with all that open at the moment. Without a
        ``holder`` it is taken to be there until it is closed.

        ``False``: the person has as many as they may. Raises ``DatabaseError``.
        """
        await self._learn()
        return await self._holdings.open(opening, holder)

    async def close(self, connection_id: UUID, *, user_id: int) -> None:
        """The person's connection is gone. What the database can't be told now is settled later.

        Raises ``DatabaseError``."""
        self._holdings.forget(connection_id)
        await self._learn()
        await self._holdings.close(services.Closing(user_id=user_id, connection_id=connection_id))
        self.grace_soon()

    async def set_idle(self, connection_id: UUID, *, user_id: int, is_idle: bool) -> None:
        """The person's device went idle, or is in use again. Raises ``DatabaseError``."""
        self._holdings.note_idle(connection_id, is_idle=is_idle)
        await self._learn()
        await self._holdings.set_idle(connection_id, user_id=user_id, is_idle=is_idle)

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
        if self._beating is not None:
            tasks.append(self._beating)
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._holdings.drop_all()
        await self._try(self._forget)

    def _ensure(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        task = self._tasks.get(name)
        if task is None or task.done():
            self._tasks[name] = asyncio.ensure_future(run())

    async def _keep_beating(self) -> None:
        for turn in itertools.count(1):
            if not await self._try(self._beat):
                self._distrust_leases()
            elif self._holdings.may_be_swept or turn % RECONCILE_EVERY == 0:
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

    async def _learn(self) -> None:
        """To be awaited before anything is announced of people: if this process may have been
        swept, since it was stopped for so long, renew its lease and learn what became of them.

        Raises ``DatabaseError``."""
        if not (self._has_learned and self._lease.is_valid):
            await self._beat()

    async def _beat(self) -> None:
        """Once for all who want it at the moment."""
        if self._beating is None or self._beating.done():
            self._beating = asyncio.ensure_future(self._renew())
        await asyncio.shield(self._beating)

    async def _renew(self) -> None:
        """1. Read the database's clock. 2. Renew the lease. 3. If it was lost, reconcile. All again
        if this process was stopped meanwhile for as long as a lease lasts."""
        if self._lease.was_held and not self._lease.is_valid:
            # What stopped this process may have stopped others too.
            self._distrust_leases()
        is_done = False
        while not is_done:
            if await in_database(clock.learn):
                logger.warning("presence: the database's clock was set, so no lease tells its age")
                self._distrust_leases()
            if not await in_database(self._lease.renew):
                self._has_learned, self._holdings.may_be_swept = False, True
            is_done = self._lease.is_valid and (
                self._has_learned or await self._holdings.reconcile()
            )
        self._has_learned = True

    async def _reconcile(self) -> None:
        await self._holdings.reconcile()

    async def _sweep(self) -> None:
        """Where there is anything to sweep. Beat first: to a machine that was suspended its own
        lease looks dead."""
        if not await in_database(services.is_sweep_due, process=self.process, now=clock.now()):
            return
        await self._beat()
        if asyncio.get_running_loop().time() >= self._no_sweep_before:
            await in_database(self._sweep_now)

    def _sweep_now(self) -> None:
        """In a thread. This process may have been stopped before one was free."""
        if self._lease.is_valid:
            services.sweep(now=clock.now())

    async def _settle_grace(self) -> None:
        await self._learn()
        await in_database(services.settle_grace, now=clock.now())

    async def _end_over(self) -> None:
        """First of people whom nobody has locked, and then of the others, if there are any."""
        await self._learn()
        begin_by = asyncio.get_running_loop().time() + PATIENCE
        await in_database(without_waiting(services.end_choices), now=clock.now())
        if await in_database(services.ending_choices, now=clock.now()):
            room = get_waiting_room()
            await room.wait("choices", "choices", begin_by, services.end_choices, now=clock.now())

    async def _forget(self) -> None:
        await in_database(services.forget_process, process=self.process, now=clock.now())

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


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, PresenceKeeper] = WeakKeyDictionary()


def get_keeper() -> PresenceKeeper:
    """The keeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = PresenceKeeper()
    return _keepers[loop]
