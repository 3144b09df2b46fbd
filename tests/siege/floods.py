"""One person over fifty connections to both servers, each as fast as it may."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial

import psycopg
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.siege.counts import tally_of
from tests.siege.field import BYSTANDERS, Field, ready

CONNECTIONS = 50
AT_ONCE = 80
"""Frames that a connection sends as fast as it can before it keeps to the rate."""
PER_SECOND = 20
"""Frames that one connection may send for ever."""

Frame = dict[str, object]
Frames = Callable[[int, int], Frame]
"""``frames(number, count)``: what this connection sends as its frame of this number."""


async def writes_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Send messages all the time."""

    def message(number: int, count: int) -> Frame:
        room = place.full_rooms[number % len(place.full_rooms)]
        return _message(room, f"flood-{number}-{count}")

    yield await _flooded(place, message)


async def goes_idle_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Say all the time that a device is idle, or in use again."""
    yield await _flooded(place, lambda _, count: {"type": "presence", "isIdle": bool(count % 2)})


async def reacts_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Add and remove a reaction to a message of people who write to each other meanwhile."""
    rooms = _rooms_of_bystanders(place)

    def reaction(number: int, count: int) -> Frame:
        action = "remove" if count % 2 else "add"
        named = _named(rooms, number)
        return {"type": "reaction", "content": "👍", "messageType": action, **named}

    yield await _flooded(place, reaction)


async def marks_unread_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Mark a message as unread in conversations of people who write to each other meanwhile."""
    rooms = _rooms_of_bystanders(place)
    yield await _flooded(place, lambda number, _: {"type": "unread", **_named(rooms, number)})


async def resends_over_fifty_connections(place: Field) -> AsyncIterator[str]:
    """Send one message again and again, to people who write to each other meanwhile."""
    rooms = list(_rooms_of_bystanders(place))
    yield await _flooded(place, lambda number, _: _message(rooms[number % len(rooms)], "same"))


async def _flooded(place: Field, frames: Frames) -> str:
    floods = partial(_floods, place, frames)
    told = await tally_of(CONNECTIONS, floods, seconds=place.seconds)
    return f"{CONNECTIONS} connections of one person, {told}"


async def _floods(
    place: Field, frames: Frames, number: int, until: float, heard: Counter[str]
) -> None:
    person = place.strangers[0]
    server = place.servers[number % len(place.servers)]
    try:
        async with place.connects(person, server=server) as connection:
            await ready(connection)
            listens = asyncio.create_task(_listens(connection, heard))
            count = 0
            while time.monotonic() < until and not listens.done():
                await connection.send(json.dumps(frames(number, count)))
                heard["sent"] += 1
                count += 1
                await asyncio.sleep(0 if count < AT_ONCE else 1 / PER_SECOND)
            listens.cancel()
            await asyncio.gather(listens, return_exceptions=True)
    except (OSError, WebSocketException, TimeoutError) as error:
        heard[type(error).__name__] += 1


async def _listens(connection: ClientConnection, heard: Counter[str]) -> None:
    async for text in connection:
        for event in json.loads(text):
            if event["type"] == "error":
                heard[event["code"]] += 1
            elif event.get("content") == "flood" or event["type"] in ("reaction", "unread"):
                heard["told"] += 1


def _message(room: int, key: str) -> Frame:
    return {"type": "message", "conversationId": room, "clientMessageId": key, "content": "flood"}


def _rooms_of_bystanders(place: Field) -> dict[int, int]:
    """Each with the id of its first message."""
    rooms = place.made.room_ids[: BYSTANDERS // 2]
    with psycopg.connect(place.database_url) as connection:
        found = connection.execute(
            "SELECT conversation_id, id FROM conversations_message"
            " WHERE sequence = 1 AND conversation_id = ANY(%s)",
            [rooms],
        )
        return dict(found.fetchall())


def _named(rooms: dict[int, int], number: int) -> Frame:
    room, message = list(rooms.items())[number % len(rooms)]
    return {"conversationId": room, "messageId": message}
