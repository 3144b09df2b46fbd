"""What nobody waits for any more: a read is left out, a write is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from chatsite.realtime.gathering import Gatherer


@pytest.mark.parametrize(("is_read", "done"), [(True, ["a", "c"]), (False, ["a", "b", "c"])])
async def test_what_nobody_waits_for_is_done_only_if_it_is_no_read(
    is_read: bool, done: list[str]
) -> None:
    seen: list[str] = []
    gate = asyncio.Event()

    async def run(items: Sequence[str]) -> Sequence[str]:
        seen.extend(items)
        await gate.wait()
        return items

    gatherer: Gatherer[str, str] = Gatherer(run, limit=10, is_read=is_read)
    first = asyncio.create_task(gatherer.do("a"))
    while not seen:
        await asyncio.sleep(0)
    gone, last = (asyncio.create_task(gatherer.do(item)) for item in "bc")
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    assert [await first, await last] == ["a", "c"]
    await gatherer.drain()
    assert seen == done
