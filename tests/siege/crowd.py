"""``python -m tests.siege.crowd``: the clients of a ``hostile.Crowd``, in a process of their own.

What it takes to play a thousand clients would otherwise keep those waiting whose waits are measured
beside them. It is told on its input what to do: an ``Order``, then ``SEND`` and ``END``. It answers
each with a line.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence

import msgspec

from tests.rawclient import TEXT, RawClient

SEND, END = "send\n", "end\n"

AT_ONCE = 50
"""Handshakes under way at the same time."""

SILENCE = 2.0
"""Seconds without an end after which a connection is taken to be open."""


class Door(msgspec.Struct, frozen=True):
    """Where and as whom to connect."""

    port: int
    path: str = "/ws/chat/"
    headers: dict[str, str] = {}


class Order(msgspec.Struct, frozen=True):
    """What a crowd does."""

    doors: list[Door]
    """A connection for each."""
    are_let_in: bool = True
    """Whether they wait for ``ready`` before they stop to read."""
    frames: list[str] = []
    """Texts that each sends, one after the other."""
    fragments: int = 0
    """How many fragments each sends of a message that never ends."""
    fragment_size: int = 0


async def plays(order: Order) -> None:
    """Connect; send, each time when told to; then hang up."""
    clients = await opened(order)
    _tell(str(len(clients)))
    while await asyncio.to_thread(sys.stdin.readline) == SEND:
        await asyncio.gather(*(_sends(client, order) for client in clients))
        _tell("sent")
    _tell(msgspec.json.encode(Counter(await ends_of(clients))).decode())


async def opened(order: Order) -> list[RawClient]:
    """A client for each door, without those that were refused. They read nothing more."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(door: Door) -> RawClient | None:
        async with turns:
            try:
                client = await RawClient.opened(door.port, door.path, door.headers, reads=False)
                if order.are_let_in:
                    await client.hears(b'"ready"')
            except (OSError, AssertionError, asyncio.IncompleteReadError):
                return None
            return client

    made = await asyncio.gather(*map(one, order.doors))
    return [client for client in made if client is not None]


async def _sends(client: RawClient, order: Order) -> None:
    for frame in order.frames:
        await client.sends(TEXT, frame.encode())
    await client.sends_without_end(fragments=order.fragments, size=order.fragment_size)


async def ends_of(clients: Sequence[RawClient]) -> list[str]:
    """Read what waits, and hang up: the code by which the server closed each, or "open"."""

    async def end_of(client: RawClient) -> str:
        try:
            return str(await asyncio.wait_for(client.close_code(), SILENCE))
        except TimeoutError:
            return "open"

    return await asyncio.gather(*map(end_of, clients))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(plays(msgspec.json.decode(sys.stdin.readline(), type=Order)))
