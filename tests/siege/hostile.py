"""Connections that mean harm: many at once, and what became of them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from tests.services import end_with_parent
from tests.siege.crowd import END, SEND, Order
from tests.sites import PROJECT


class Crowd:
    """A process that plays many clients."""

    def __init__(self, process: Process, size: int) -> None:
        self._process = process
        self.size: Final = size
        """How many are connected."""

    async def sends(self) -> None:
        """Let each send what it was ordered to, until all of it was taken or refused."""
        await _ask(self._process, SEND)

    async def ends(self) -> Counter[str]:
        """Hang up: by which codes the server had closed how many, and how many were open."""
        return Counter(msgspec.json.decode(await _ask(self._process, END), type=dict[str, int]))


@asynccontextmanager
async def crowd(order: Order) -> AsyncIterator[Crowd]:
    """A crowd that is connected. It is gone at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.siege.crowd"),
        cwd=PROJECT,
        stdin=PIPE,
        stdout=PIPE,
        preexec_fn=end_with_parent,
    )
    try:
        yield Crowd(process, int(await _ask(process, msgspec.json.encode(order).decode() + "\n")))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ask(process: Process, line: str) -> bytes:
    assert process.stdin is not None, "it was made with a pipe"
    assert process.stdout is not None, "it was made with a pipe"
    process.stdin.write(line.encode())
    await process.stdin.drain()
    return await process.stdout.readline()
