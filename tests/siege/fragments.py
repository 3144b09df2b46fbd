"""Connections that begin a frame and never end it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from tests.siege.counts import tally
from tests.siege.crowd import Door, Order
from tests.siege.field import Field
from tests.siege.hostile import crowd

CONNECTIONS = 40
SIZE = 2**16 - 1
FRAGMENTS = 256
"""Sixteen megabytes, of a message that never ends."""


async def never_finishes(place: Field) -> AsyncIterator[str]:
    """As people who are signed in, each on ten connections."""
    people = place.strangers[:4]
    yield await _plays(
        [Door(place.server_of(one).port, headers=place.cookies_of(one)) for one in people]
    )


async def never_finishes_nor_signs_in(place: Field) -> AsyncIterator[str]:
    """As nobody."""
    yield await _plays([Door(server.port) for server in place.servers])


async def _plays(doors: Sequence[Door]) -> str:
    order = Order(
        [*doors] * (CONNECTIONS // len(doors)),
        are_let_in=False,
        fragments=FRAGMENTS,
        fragment_size=SIZE,
    )
    async with crowd(order) as clients:
        await clients.sends()
        return f"{clients.size} connections, 16 MB each: {tally(await clients.ends())}"
