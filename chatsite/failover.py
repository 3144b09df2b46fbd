"""A pool of connections keeps to the server that it has found, until a write says it is wrong.

After a fail-over the database's address may lead to another server, while connections to the old
one, now read-only, live on. They answer every question, and refuse every write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import InternalError
from django.db.backends.base.base import BaseDatabaseWrapper

from chatsite.realtime.outages import outages
from chatsite.realtime.sqlstates import READ_ONLY_SQL_TRANSACTION, sqlstate_of

PAUSE = 1.0
"""Seconds between two times that a pool connects anew: the database may be read-only for long."""


class _Pause:
    """Lets one of many pass, and nobody else for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = 0.0

    def is_over(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._over:
                return False
            self._over = now + PAUSE
            return True


_pause = _Pause()


def watch(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Look at what becomes of each statement. Receives ``connection_created``, which is sent each
    time that a thread takes a connection."""
    if connection.vendor == "postgresql" and connect_anew_if_read_only not in (
        connection.execute_wrappers
    ):
        connection.execute_wrappers.insert(0, connect_anew_if_read_only)


def connect_anew_if_read_only(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute one statement. If the server takes no writes, the pool lets go of all connections:
    the next that is taken leads to where the address leads now."""
    try:
        return execute(sql, params, many, context)
    except InternalError as error:
        if is_read_only(error) and _pause.is_over():
            outages.report(error, "all connections to the database are made anew")
            pool = context["connection"].pool
            if pool is not None:
                pool.drain()
        raise


def is_read_only(error: BaseException) -> bool:
    """Whether the database refused a write because the server, or the session, is read-only."""
    return sqlstate_of(error) == READ_ONLY_SQL_TRANSACTION
