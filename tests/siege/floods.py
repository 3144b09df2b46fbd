"""One person over fifty connections, each as fast as it may."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.siege.counts import tally_of
from tests.siege.field import Field, ready

CONNECTIONS = 50
PER_SECOND = 20
"""Frames that one connection may send for ever."""


async def writes_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Send messages all the time."""
    told = await tally_of(CONNECTIONS, partial(_writes, place), seconds=place.seconds)
    yield f"{CONNECTIONS} connections of one person, {told}"


async def _writes(place: Field, number: int, until: float, heard: Counter[str]) -> None:
    person = place.strangers[0]
    try:
        async with place.connects(person) as connection:
            await ready(connection)
            listens = asyncio.create_task(_listens(connection, heard))
            count = 0
            while time.monotonic() < until and not listens.done():
                frame = {
                    "type": "message",
                    "conversationId": place.full_rooms[number % len(place.full_rooms)],
                    "clientMessageId": f"flood-{number}-{count}",
                    "content": "flood",
                }
                await connection.send(json.dumps(frame))
                heard["sent"] += 1
                count += 1
                await asyncio.sleep(1 / PER_SECOND)
            listens.cancel()
            await asyncio.gather(listens, return_exceptions=True)
    except (OSError, WebSocketException, TimeoutError) as error:
        heard[type(error).__name__] += 1


async def _listens(connection: ClientConnection, heard: Counter[str]) -> None:
    async for text in connection:
        for event in json.loads(text):
            if event["type"] == "error":
                heard[event["code"]] += 1
            elif event["type"] == "message" and event.get("content") == "flood":
                heard["told"] += 1
