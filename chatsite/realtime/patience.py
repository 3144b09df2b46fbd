"""Waiting for what somebody else has locked, so that nobody else waits with it.

1. Work is done without waiting. Nearly always nothing is locked, and that is all.
2. What needs something that is locked is done again, and waits: in one of few threads of their own,
   and one at a time for each key, so that one conversation never takes all of them. Those who wait
   for a thread, or for others of their key, are served person by person.
3. While all of these threads are taken, work is first tried again a few times without waiting:
   nearly every lock is let go of in some milliseconds.
4. What has waited for too long is given up. Whoever asked for it is told so, and may ask again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AsyncExitStack, suppress
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.db import OperationalError

from chatsite.realtime.database import in_database, in_waiting_thread
from chatsite.realtime.databaseurl import WAITING_THREADS
from chatsite.realtime.locks import StillHeld, is_held, without_waiting
from chatsite.realtime.turns import Turns

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 2.0
"""Seconds within which work must have begun to wait for its lock, from when that was found to be
held: what comes before is load, which says nothing of the lock. With ``DATABASE_LOCK_TIMEOUT``,
which begins then, it is answered within five."""

PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds before each time that work is tried again while all threads are taken. Together less than
half of ``PATIENCE``, so that it still may wait for a thread."""


class WaitingRoom:
    """Where the work of one event loop waits."""

    def __init__(self) -> None:
        self._seats = Turns(WAITING_THREADS)
        self._turns: WeakValueDictionary[Hashable, Turns] = WeakValueDictionary()

    async def pauses(self) -> AsyncIterator[None]:
        """Wait a little, and then again, as long as everything would have to wait here for a
        thread."""
        for pause in PAUSES:
            if self._seats.is_free:
                return
            await asyncio.sleep(pause)
            yield

    async def wait(
        self,
        key: Hashable,
        person: Hashable,
        begin_by: float,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do the work of the person, which may wait for a lock, unless others keep it from
        beginning until ``begin_by``, on the loop's clock. Work for many people at once names its
        key as the person. Raises an error that ``is_held``."""
        turns = self._turns.setdefault(key, Turns(1))
        async with AsyncExitStack() as held:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(begin_by):
                    await held.enter_async_context(turns.turn(person))
                    await held.enter_async_context(self._seats.turn(person))
            if asyncio.get_running_loop().time() >= begin_by:
                raise StillHeld("it has waited for too long before it could begin")
            return await in_waiting_thread(function, *args, **kwargs)


async def in_turn(
    key: Hashable, user_id: int, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """``in_database``, of work of this person that locks something of the key, such as
    ``("conversation", 7)``. Raises ``DatabaseError``, which ``is_held`` if that stayed locked."""
    room = get_waiting_room()
    with suppress(_Held):
        return await _now(function, *args, **kwargs)
    begin_by = asyncio.get_running_loop().time() + PATIENCE
    async for _ in room.pauses():
        with suppress(_Held):
            return await _now(function, *args, **kwargs)
    return await room.wait(key, user_id, begin_by, function, *args, **kwargs)


class _Held(Exception):
    """Work that did not wait needed what somebody else has locked."""


async def _now(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises ``_Held`` and ``DatabaseError``."""
    try:
        return await in_database(without_waiting(function), *args, **kwargs)
    except OperationalError as error:
        if is_held(error):
            raise _Held from error
        raise


_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, WaitingRoom] = WeakKeyDictionary()


def get_waiting_room() -> WaitingRoom:
    """The waiting room of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _rooms:
        _rooms[loop] = WaitingRoom()
    return _rooms[loop]
