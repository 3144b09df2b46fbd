"""One account that makes conversations with everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import httpx

from tests.siege.counts import tally
from tests.siege.field import Field

GROUPS = 20


async def makes_large_ones(place: Field) -> AsyncIterator[str]:
    """As many, as large as the site lets them be."""
    answers: Counter[str] = Counter()
    async with place.http(place.strangers[0]) as browser:
        page = await browser.get("/")
        size = len(page.content)
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
        for number in range(GROUPS):
            body = {"participantIds": place.made.user_ids, "title": f"Everybody {number}"}
            try:
                answer = await browser.post("/api/conversations/", json=body, headers=headers)
            except httpx.TransportError:
                answers["no answer"] += 1
            else:
                answers[str(answer.status_code)] += 1
        after = len((await browser.get("/")).content)
    async with place.http(0) as browser:
        others = len((await browser.get("/")).content)
    told = tally(answers)
    yield (
        f"{GROUPS} groups of {len(place.made.user_ids)}: {told}; the maker's page grew from"
        f" {size / 1000:.0f} to {after / 1000:.0f} kB, another's is {others / 1000:.0f} kB"
    )
