"""Batching: work that many callers want at once is done in few calls.

What is asked for while a call is under way waits until that ends, and is then done in one call. A
caller that asks while nothing is under way does not wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from chatsite.realtime.database import AWAY, in_database

T = TypeVar("T")
R = TypeVar("R")


class Gatherer(Generic[T, R]):
    """Collects items for ``run``, which handles a batch and returns its results in the same order.

    With ``is_read`` the work is of use only to callers that still wait for it."""

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        limit: int,
        is_read: bool = False,
    ) -> None:
        self._run = run
        self._limit = limit
        self._is_read = is_read
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """The result of this item. Raises what ``run`` raised for it.

        Cancelling the wait does not undo the work, but a read that has not begun is left out."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return await future

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while batch := self._next_batch():
            try:
                await self._serve(batch)
            except AWAY as error:
                # The database can't be reached: asking for each item would only take longer.
                _fail(batch, error)

    def _next_batch(self) -> list[tuple[T, asyncio.Future[R]]]:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._limit:
            item, future = self._waiting.popleft()
            if not (self._is_read and future.cancelled()):
                batch.append((item, future))
        return batch

    async def _serve(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._run([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                # One bad item must not make the others fail.
                for one in batch:
                    await self._serve([one])
            elif isinstance(error, AWAY):
                raise
            else:
                _fail(batch, error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)


def gathered(
    run: Callable[[Sequence[T]], Sequence[R]], *, limit: int, is_read: bool = False
) -> Callable[[T], Awaitable[R]]:
    """An asynchronous function of one item, for ``run``, which does many in a database thread."""
    gatherers: WeakKeyDictionary[asyncio.AbstractEventLoop, Gatherer[T, R]] = WeakKeyDictionary()

    async def run_all(items: Sequence[T]) -> Sequence[R]:
        return await in_database(run, items)

    async def run_one(item: T) -> R:
        loop = asyncio.get_running_loop()
        if loop not in gatherers:
            gatherers[loop] = Gatherer(run_all, limit=limit, is_read=is_read)
        return await gatherers[loop].do(item)

    return run_one


def _fail(batch: list[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
