"""Services that are away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tests.proxy import Proxy
from tests.siege.field import Field


async def takes_the_database_away(place: Field) -> AsyncIterator[str]:
    """Heartbeats go on, and everything else is answered, one way or the other."""
    yield await _takes_away(place.to_database, place.seconds)


async def takes_redis_away(place: Field) -> AsyncIterator[str]:
    """What is committed is answered as done."""
    yield await _takes_away(place.to_redis, place.seconds)


async def _takes_away(service: Proxy, seconds: float) -> str:
    service.cut()
    await asyncio.sleep(seconds)
    service.mends()
    return f"away for {seconds:.0f} s"
