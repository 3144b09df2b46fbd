"""Holding locks in the database, as another process does that writes at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString

import psycopg

BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"


class Lock:
    """Rows that are locked."""

    def __init__(self, holder: psycopg.Connection, watcher: psycopg.Connection) -> None:
        self._holder = holder
        self._watcher = watcher

    async def is_waited_for(self) -> None:
        """Return when somebody waits for one of the rows."""
        async with asyncio.timeout(10):
            while not self._waiting():
                await asyncio.sleep(0.01)

    def release(self) -> None:
        """Let go of the rows."""
        self._holder.rollback()

    def _waiting(self) -> int:
        row = self._watcher.execute(BLOCKED, [self._holder.info.backend_pid]).fetchone()
        assert row is not None, "a count is always a row"
        count: int = row[0]
        return count


@asynccontextmanager
async def locked(url: str, query: LiteralString, *ids: int) -> AsyncIterator[Lock]:
    """Lock the rows of the query, which ends with ``FOR UPDATE``, until the end at the latest."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as watcher:
        holder.execute(query, ids)
        lock = Lock(holder, watcher)
        try:
            yield lock
        finally:
            lock.release()
