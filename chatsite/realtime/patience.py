"""Waiting for what somebody else has locked, so that nobody else waits with it.

1. Work is done without waiting. Nearly always nothing is locked, and that is all.
2. What needs something that is locked is done again, and waits: in one of few threads of their own,
   and one at a time for each key, so that one conversation never takes all of them.
3. What has waited for too long is given up. Whoever asked for it is told so, and may ask again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import AsyncExitStack, suppress
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.db import OperationalError

from chatsite.realtime.database import in_database, in_waiting_thread
from chatsite.realtime.databaseurl import WAITING_THREADS
from chatsite.realtime.locks import StillHeld, is_held, without_waiting

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 2.0
"""Seconds from asking within which work must have begun to wait for its lock. With
``DATABASE_LOCK_TIMEOUT``, which begins then, it is answered within five."""


class WaitingRoom:
    """Where the work of one event loop waits."""

    def __init__(self) -> None:
        self._seats = asyncio.Semaphore(WAITING_THREADS)
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def wait(
        self,
        key: Hashable,
        begin_by: float,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do the work, which may wait for a lock, unless others of its key keep it from beginning
        until ``begin_by``, on the loop's clock. Raises an error that ``is_held``."""
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with AsyncExitStack() as held:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(begin_by):
                    await held.enter_async_context(turn)
                    await held.enter_async_context(self._seats)
            if asyncio.get_running_loop().time() >= begin_by:
                raise StillHeld("it has waited for too long before it could begin")
            return await in_waiting_thread(function, *args, **kwargs)


async def in_turn(
    key: Hashable, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """``in_database``, of work that locks something of the key, such as ``("person", 7)``. Raises
    ``DatabaseError``, which ``is_held`` if that stayed locked."""
    begin_by = asyncio.get_running_loop().time() + PATIENCE
    try:
        return await in_database(without_waiting(function), *args, **kwargs)
    except OperationalError as error:
        if not is_held(error):
            raise
    return await get_waiting_room().wait(key, begin_by, function, *args, **kwargs)


_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, WaitingRoom] = WeakKeyDictionary()


def get_waiting_room() -> WaitingRoom:
    """The waiting room of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _rooms:
        _rooms[loop] = WaitingRoom()
    return _rooms[loop]
