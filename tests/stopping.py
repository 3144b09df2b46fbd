"""Stopping a server in the middle of a transaction, as a debugger or a hypervisor may."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import LiteralString

import psycopg

from tests.sites import Server

DOOMED = "doomed"
"""What the connections of the server are called that is to be stopped."""

HOOK = """
CREATE FUNCTION stop_here() RETURNS trigger AS $$
BEGIN
    IF current_setting('application_name') = 'doomed' THEN
        PERFORM pg_advisory_lock(4711);
        PERFORM pg_advisory_unlock(4711);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql
"""
"""What a doomed session does next it does only once nobody else has this lock any more."""

ARRIVED = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
)
IDLE = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'doomed' AND state = 'idle in transaction'"
)


def doomed(url: str) -> str:
    """The address of the database, for the server that is to be stopped."""
    return f"{url}?application_name={DOOMED}"


class Stop:
    """A server that is stopped in a transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def holds(self) -> bool:
        """Whether its transaction still holds all its locks."""
        return _is_true(self._connection, IDLE)


@asynccontextmanager
async def stopped(
    server: Server, url: str, change: LiteralString, do: Callable[[], Awaitable[object]]
) -> AsyncIterator[Stop]:
    """Let ``do`` make the server do the ``change``, such as ``INSERT ON some_table``, and stop it
    right after, before it commits. It goes on in the end."""
    with psycopg.connect(url, autocommit=True) as connection, _hook(connection, change):
        connection.execute("SELECT pg_advisory_lock(4711)")
        doing = asyncio.ensure_future(do())
        await _until(connection, ARRIVED)
        server.process.send_signal(signal.SIGSTOP)
        try:
            connection.execute("SELECT pg_advisory_unlock(4711)")
            await _until(connection, IDLE)
            yield Stop(connection)
        finally:
            server.process.send_signal(signal.SIGCONT)
        await doing


@asynccontextmanager
async def stopped_at_its_beat(server: Server, url: str) -> AsyncIterator[None]:
    """Stop the server when its lease has been renewed, and before it knows. It goes on in the
    end."""
    change: LiteralString = "UPDATE ON presence_presencelease"
    with psycopg.connect(url, autocommit=True) as connection, _hook(connection, change):
        connection.execute("SELECT pg_advisory_lock(4711)")
        await _until(connection, ARRIVED)
        server.process.send_signal(signal.SIGSTOP)
        try:
            connection.execute("SELECT pg_advisory_unlock(4711)")
            yield
        finally:
            server.process.send_signal(signal.SIGCONT)


@contextmanager
def _hook(connection: psycopg.Connection, change: LiteralString) -> Iterator[None]:
    connection.execute(HOOK)
    connection.execute(
        f"CREATE TRIGGER stop_here AFTER {change} FOR EACH ROW EXECUTE FUNCTION stop_here()"
    )
    try:
        yield
    finally:
        connection.execute("DROP FUNCTION stop_here CASCADE")


async def _until(connection: psycopg.Connection, question: LiteralString) -> None:
    async with asyncio.timeout(10):
        while not _is_true(connection, question):
            await asyncio.sleep(0.01)


def _is_true(connection: psycopg.Connection, question: LiteralString) -> bool:
    row = connection.execute(question).fetchone()
    return row is not None and row[0] > 0
