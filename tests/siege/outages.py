"""Services that are away for a while."""

from __future__ import annotations

import asyncio

from tests.proxy import Proxy
from tests.siege.field import Field


async def takes_the_database_away(place: Field) -> str:
    """Heartbeats go on, and everything else is answered, one way or the other."""
    return await _takes_away(place.to_database, place.seconds)


async def takes_redis_away(place: Field) -> str:
    """What is committed is answered as done."""
    return await _takes_away(place.to_redis, place.seconds)


async def _takes_away(service: Proxy, seconds: float) -> str:
    service.cut()
    await asyncio.sleep(seconds)
    service.mends()
    return f"away for {seconds:.0f} s"
