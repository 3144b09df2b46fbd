"""Connections that begin a frame and never end it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.siege.counts import tally
from tests.siege.field import Field
from tests.siege.hostile import ends_of, opened

CONNECTIONS = 40
SIZE = 2**16 - 1
FRAGMENTS = 256
"""Sixteen megabytes, of a message that never ends."""


async def never_finishes(place: Field) -> str:
    """As people who are signed in, each on ten connections."""
    people = place.strangers[:4]
    return await _plays([(place.server_of(one).port, place.cookies_of(one)) for one in people])


async def never_finishes_nor_signs_in(place: Field) -> str:
    """As nobody."""
    return await _plays([(server.port, {}) for server in place.servers])


async def _plays(places: Sequence[tuple[int, Mapping[str, str]]]) -> str:
    clients = [
        client
        for port, headers in places
        for client in await opened(port, headers, count=CONNECTIONS // len(places))
    ]
    await asyncio.gather(
        *(client.sends_without_end(fragments=FRAGMENTS, size=SIZE) for client in clients)
    )
    told = tally(Counter(await ends_of(clients)))
    return f"{len(clients)} connections, 16 MB each: {told}"
