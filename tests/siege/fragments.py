"""Connections that begin a frame and never end it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from tests.siege.counts import tally
from tests.siege.field import Field
from tests.siege.raw import CONTINUATION, TEXT, RawClient, noise, opened

CONNECTIONS = 40
SIZE = 2**20
FRAGMENTS = 16
"""Fragments of a megabyte that each sends."""


async def never_finishes(place: Field) -> str:
    """As people who are signed in, each on ten connections."""
    return await _plays(place, [place.headers_of(person) for person in place.strangers[:4]])


async def never_finishes_nor_signs_in(place: Field) -> str:
    """As nobody."""
    return await _plays(place, [{"Origin": server.url} for server in place.servers])


async def _plays(place: Field, headers: list[dict[str, str]]) -> str:
    clients = [
        client
        for named in headers
        for client in await opened(_port_of(named), named, "", count=CONNECTIONS // len(headers))
    ]
    await asyncio.gather(*(_sends(client) for client in clients))
    await asyncio.sleep(place.seconds / 5)
    codes = Counter(await asyncio.gather(*(client.ended_by_now() for client in clients)))
    for client in clients:
        client.leaves()
    told = tally(codes)
    return f"{len(clients)} connections, {FRAGMENTS} MB each: {told}"


async def _sends(client: RawClient) -> None:
    payload = noise(SIZE)
    for number in range(FRAGMENTS):
        opcode = CONTINUATION if number else TEXT
        if not await client.says(payload, opcode=opcode, is_last=False):
            return


def _port_of(headers: Mapping[str, str]) -> int:
    return int(headers["Origin"].rpartition(":")[2])
