"""Batching in which a locked row does not delay the rest.

Work is batched as in ``gathering``, without waiting for locks. Items that are skipped because their
rows are locked elsewhere continue in a lane of their own. Everything with the same key follows them
there until the lane is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import OperationalError

from chatsite.realtime.database import in_database
from chatsite.realtime.gathering import Gatherer
from chatsite.realtime.locks import Held, StillHeld, is_held, without_waiting
from chatsite.realtime.patience import PATIENCE, get_waiting_room

T = TypeVar("T")
R = TypeVar("R")

Run = Callable[[Sequence[T]], Sequence[R | Held]]
"""Handles a batch of items and returns their outcomes in the same order. While it may not wait, it
skips what is locked: ``Held.HELD``."""


class LockLanes(Generic[T, R]):
    """Collects items for ``run``. ``key`` says what an item may have to wait for. With ``is_read``,
    items that nobody waits for any more are left out, as in ``gathering``."""

    def __init__(
        self, run: Run[T, R], *, key: Callable[[T], Hashable], limit: int, is_read: bool = False
    ) -> None:
        self._run = run
        self._key = key
        self._limit = limit
        self._free: Gatherer[T, R | Held] = Gatherer(self._run_free, limit=limit, is_read=is_read)
        self._lanes: dict[Hashable, _Lane[T, R]] = {}

    async def do(self, item: T) -> R:
        """The outcome of this item. Raises what ``run`` raised for it, and ``StillHeld``."""
        loop = asyncio.get_running_loop()
        begin_by = loop.time() + PATIENCE
        key = self._key(item)
        if key not in self._lanes:
            outcome = await self._free.do(item)
            if outcome is not Held.HELD:
                return outcome
            begin_by = loop.time() + PATIENCE
            async for _ in get_waiting_room().pauses():
                outcome = await self._free.do(item)
                if outcome is not Held.HELD:
                    return outcome
        lane = self._lanes.setdefault(key, _Lane(self._run, key=key, limit=self._limit))
        try:
            outcome = await lane.do(item, begin_by=begin_by)
        finally:
            if lane.is_empty and self._lanes.get(key) is lane:
                del self._lanes[key]
        if outcome is Held.HELD:
            raise StillHeld("what is needed stayed locked")
        return outcome

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        await self._free.drain()
        for lane in list(self._lanes.values()):
            await lane.drain()

    async def _run_free(self, items: Sequence[T]) -> Sequence[R | Held]:
        try:
            return await in_database(without_waiting(self._run), items)
        except OperationalError as error:
            if is_held(error):
                # It is not known which item is meant: each key finds out in its own lane.
                return [Held.HELD] * len(items)
            raise


class _Lane(Generic[T, R]):
    """The items that wait for one key. When some are given up, so are all that came until then."""

    def __init__(self, run: Run[T, R], *, key: Hashable, limit: int) -> None:
        self._run = run
        self._key = key
        self._waiting = 0
        self._given_up = 0.0
        """Items that had to begin by this time were there when others were given up."""
        self._gatherer: Gatherer[tuple[T, float], R | Held] = Gatherer(self._serve, limit=limit)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits here any more."""
        return not self._waiting

    async def do(self, item: T, *, begin_by: float) -> R | Held:
        """The outcome of this item, once it could be done or was given up."""
        self._waiting += 1
        try:
            return await self._gatherer.do((item, begin_by))
        finally:
            self._waiting -= 1

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        await self._gatherer.drain()

    async def _serve(self, waiting: Sequence[tuple[T, float]]) -> Sequence[R | Held]:
        is_late = [begin_by <= self._given_up for _, begin_by in waiting]
        fresh = [one for one, late in zip(waiting, is_late, strict=True) if not late]
        outcomes = iter(await self._wait(fresh) if fresh else ())
        return [Held.HELD if late else next(outcomes) for late in is_late]

    async def _wait(self, fresh: Sequence[tuple[T, float]]) -> Sequence[R | Held]:
        items = [item for item, _ in fresh]
        first = min(begin_by for _, begin_by in fresh)
        try:
            room = get_waiting_room()
            return await room.wait(self._key, self._key, first, self._run, items)
        except OperationalError as error:
            if not is_held(error):
                raise
        self._given_up = asyncio.get_running_loop().time() + PATIENCE
        return [Held.HELD] * len(items)


def gathered_in_lanes(
    run: Run[T, R], *, key: Callable[[T], Hashable], limit: int, is_read: bool = False
) -> Callable[[T], Awaitable[R]]:
    """An asynchronous function of one item, for ``run``, which does many in a database thread."""
    every: WeakKeyDictionary[asyncio.AbstractEventLoop, LockLanes[T, R]] = WeakKeyDictionary()

    async def run_one(item: T) -> R:
        loop = asyncio.get_running_loop()
        if loop not in every:
            every[loop] = LockLanes(run, key=key, limit=limit, is_read=is_read)
        return await every[loop].do(item)

    return run_one
