"""What came of many tries, in words."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

Tries = Callable[[int, float, Counter[str]], Awaitable[None]]
"""``tries(number, until, counts)``: one of many tries until then, and counts what came of it."""


async def tally_of(count: int, tries: Tries, *, seconds: float) -> str:
    """Let so many try at once for so long; what came of it."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds
    await asyncio.gather(*(tries(number, until, counts) for number in range(count)))
    return f"in {seconds:.0f} s: {tally(counts)}"


def tally(counts: Counter[str]) -> str:
    """Such as ``"57 x 4503, 3 x open"``."""
    return ", ".join(f"{count} x {what}" for what, count in counts.most_common()) or "nothing"
