"""Small files that are large pictures."""

from __future__ import annotations

import asyncio
import io
import time
from collections import Counter
from collections.abc import AsyncIterator

import httpx
from PIL import Image

from tests.siege.counts import tally
from tests.siege.field import Field

BOMBS = 20
SIZE = (16383, 3000)


async def uploads_bombs(place: Field) -> AsyncIterator[str]:
    """Twenty at once from one person, and a small one from another."""
    bomb, small = _picture(SIZE), _picture((8, 8))
    bombs = [asyncio.create_task(_uploads(place, place.strangers[0], bomb)) for _ in range(BOMBS)]
    await asyncio.sleep(0.5)
    began = time.monotonic()
    status = await _uploads(place, 0, small)
    waited = time.monotonic() - began
    answers = Counter(await asyncio.gather(*bombs))
    told = tally(answers)
    yield (
        f"{BOMBS} pictures of {SIZE[0]}x{SIZE[1]} in {len(bomb)} bytes: {told};"
        f" another's of 8x8: {status} after {waited:.1f} s"
    )


async def _uploads(place: Field, person: int, content: bytes) -> str:
    async with place.http(person) as browser:
        await browser.get("/")
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
        file = ("picture.webp", content, "image/webp")
        try:
            answer = await browser.post("/api/media/", files={"file": file}, headers=headers)
        except httpx.TransportError:
            return "no answer"
        return str(answer.status_code)


def _picture(size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, "WEBP", lossless=True, method=0)
    return written.getvalue()
