"""A server that stops in the middle of a transaction."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import psycopg
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.siege.field import Field, ready
from tests.sites import Server

NAME = "stopped"
HOLDS = """SELECT count(*) FROM pg_stat_activity
           WHERE application_name = %s AND state = 'idle in transaction'"""
WRITERS = 10


async def stops_a_server_that_holds_locks(place: Field) -> AsyncIterator[str]:
    """A third server stops while strangers write there. At another, they go on in the same
    conversation."""
    url = f"{place.database_url}?application_name={NAME}"
    server = Server("uvicorn", {**place.environment, "DATABASE_URL": url}, place.log(NAME))
    await asyncio.to_thread(server.start)
    there = replace(place, servers=[server])
    writers = [asyncio.create_task(_writes(there, person)) for person in place.strangers[:WRITERS]]
    try:
        async with place.connects(place.strangers[0]) as connection:
            await ready(connection)
            await _stop_while_it_writes(server, place.database_url)
            refused, told = await _write_beside(place, connection)
    finally:
        server.process.send_signal(signal.SIGCONT)
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
        await asyncio.to_thread(server.stop)
    yield f"beside it {told} messages were stored in the conversation, {refused} refused"


async def _stop_while_it_writes(server: Server, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        while True:
            server.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.05)
            row = connection.execute(HOLDS, (NAME,)).fetchone()
            if row is not None and row[0]:
                return
            server.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.05)


async def _writes(place: Field, person: int) -> None:
    with suppress(OSError, WebSocketException):
        async with place.connects(person) as connection:
            await ready(connection)
            for number in range(1_000_000):
                await connection.send(_message(place, f"stopped-{person}-{number}"))
                await asyncio.sleep(0.1)


async def _write_beside(place: Field, connection: ClientConnection) -> tuple[int, int]:
    """How many messages were refused, and how many stored."""
    refused = told = 0
    for number in range(int(place.seconds)):
        await connection.send(_message(place, f"beside-{number}"))
        await asyncio.sleep(1)
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while refused + told < int(place.seconds):
                text = await connection.recv(decode=False)
                refused += text.count(b'"unavailable"')
                told += text.count(b'"clientMessageId":"beside-')
    return refused, told


def _message(place: Field, key: str) -> str:
    return json.dumps(
        {
            "type": "message",
            "conversationId": place.full_rooms[0],
            "clientMessageId": key,
            "content": "written beside a server that stopped",
        }
    )
