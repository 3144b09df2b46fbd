"""The one way from asynchronous code to the database: bounded pools of threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError

from chatsite.realtime.databaseurl import WAITING_THREADS

P = ParamSpec("P")
T = TypeVar("T")

# Channels' default is one thread for all consumers of a process: one slow query stops everybody.
_threads = ThreadPoolExecutor(settings.DATABASE_THREADS, thread_name_prefix="database")

# For work that waits for a lock, so that it takes no thread from other work.
_waiting_threads = ThreadPoolExecutor(WAITING_THREADS, thread_name_prefix="database-waiting")

AWAY = (OperationalError, InterfaceError)
"""Errors that are of the database rather than of one statement, or of a lock that took too long."""


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous unit of work in a database thread, and close the connections it leaves."""
    run = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: T = await run(*args, **kwargs)
    return result


async def in_waiting_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """``in_database`` for work that waits for rows that are locked elsewhere."""
    run = database_sync_to_async(function, thread_sensitive=False, executor=_waiting_threads)
    result: T = await run(*args, **kwargs)
    return result
