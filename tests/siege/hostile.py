"""Connections that mean harm: many at once, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tests.rawclient import RawClient

AT_ONCE = 50
"""Handshakes under way at the same time."""

SILENCE = 2.0
"""Seconds without an end after which a connection is taken to be open."""


async def opened(
    port: int, headers: Mapping[str, str], query: str = "", *, count: int
) -> list[RawClient]:
    """So many that do not read; those that the server let shake hands."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> RawClient | None:
        async with turns:
            try:
                return await RawClient.opened(port, f"/ws/chat/{query}", headers, reads=False)
            except (OSError, AssertionError, asyncio.IncompleteReadError):
                return None

    made = await asyncio.gather(*(one() for _ in range(count)))
    return [client for client in made if client is not None]


async def ends_of(clients: Sequence[RawClient]) -> list[str]:
    """Read what waits, and hang up: the code by which the server closed each, or "open"."""

    async def end_of(client: RawClient) -> str:
        try:
            return str(await asyncio.wait_for(client.close_code(), SILENCE))
        except TimeoutError:
            return "open"

    return await asyncio.gather(*map(end_of, clients))
