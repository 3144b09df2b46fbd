"""A thousand connections that ask for all that was said, sixty times each, and read nothing."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.rawclient import TEXT, RawClient
from tests.siege.counts import tally
from tests.siege.field import Field
from tests.siege.hostile import ends_of, opened

CONNECTIONS = 1_000
EACH = 10
"""Connections of one person."""

ASKED = 60


async def asks_and_does_not_read(place: Field) -> str:
    """Ask by frames."""
    frames = [
        json.dumps(
            {"type": "message", "conversationId": room, "isCatchup": True, "sequence": 0}
        ).encode()
        for room in place.full_rooms
    ]

    async def asks(client: RawClient) -> None:
        for number in range(ASKED):
            await client.sends(TEXT, frames[number % len(frames)])

    return await _plays(place, "", asks)


async def resumes_and_does_not_read(place: Field) -> str:
    """Ask by ``resume``, all conversations at once."""
    resume = ",".join(f"{room}:0:0" for room in place.full_rooms)

    async def waits(_: RawClient) -> None:
        return

    return await _plays(place, f"?resume={resume}", waits)


async def _plays(place: Field, query: str, asks: Callable[[RawClient], Awaitable[None]]) -> str:
    clients = [
        client
        for person in place.strangers[: CONNECTIONS // EACH]
        for client in await opened(
            place.server_of(person).port, place.cookies_of(person), query, count=EACH
        )
    ]
    await asyncio.gather(*(asks(client) for client in clients))
    await asyncio.sleep(place.seconds)
    told = tally(Counter(await ends_of(clients)))
    return f"{len(clients)} connections: {told}"
