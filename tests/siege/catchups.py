"""A thousand connections that ask for all that was said, sixty times each, and read nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import cycle, islice

from tests.siege.counts import tally
from tests.siege.crowd import Door, Order
from tests.siege.field import Field
from tests.siege.hostile import crowd

CONNECTIONS = 1_000
EACH = 10
"""Connections of one person."""

ASKED = 60


async def asks_nothing(place: Field) -> AsyncIterator[str]:
    """Only come: what that costs others is no harm."""
    async with crowd(Order(_doors(place))) as clients:
        yield f"{clients.size} connections are let in"
        await asyncio.sleep(place.seconds)
        yield f"they ask nothing: {tally(await clients.ends())}"


async def asks_and_does_not_read(place: Field) -> AsyncIterator[str]:
    """Ask by frames."""
    rooms = islice(cycle(place.full_rooms), ASKED)
    frames = [
        json.dumps({"type": "message", "conversationId": room, "isCatchup": True, "sequence": 0})
        for room in rooms
    ]
    async with crowd(Order(_doors(place), frames=frames)) as clients:
        yield f"{clients.size} connections are let in"
        await clients.sends()
        await asyncio.sleep(place.seconds)
        yield f"each asks for {ASKED} catch-ups: {tally(await clients.ends())}"


async def resumes_and_does_not_read(place: Field) -> AsyncIterator[str]:
    """Ask by ``resume``, all conversations at once."""
    rooms = place.full_rooms
    resume = ",".join(f"{room}:0:0" for room in rooms)
    async with crowd(Order(_doors(place, f"?resume={resume}"))) as clients:
        yield f"{clients.size} connections are let in, and resume {len(rooms)} conversations"
        await asyncio.sleep(place.seconds)
        yield f"they do not read: {tally(await clients.ends())}"


def _doors(place: Field, query: str = "") -> list[Door]:
    """By turns of one person after the other, so that both servers have as many at a time."""
    people = place.strangers[: CONNECTIONS // EACH]
    return [
        Door(place.server_of(person).port, f"/ws/chat/{query}", place.cookies_of(person))
        for _ in range(EACH)
        for person in people
    ]
