"""Forty clients that guess passwords."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import httpx

from tests.siege.counts import tally
from tests.siege.field import Field

CLIENTS = 40


async def guesses_passwords(place: Field) -> str:
    """Try one after the other, each client at an account of its own."""
    answers: Counter[str] = Counter()
    until = time.monotonic() + place.seconds
    await asyncio.gather(*(_guesses(place, number, until, answers) for number in range(CLIENTS)))
    told = tally(answers)
    return f"{CLIENTS} clients in {place.seconds:.0f} s: {told}"


async def _guesses(place: Field, number: int, until: float, answers: Counter[str]) -> None:
    async with place.http() as browser:
        await browser.get("/accounts/login/")
        while time.monotonic() < until:
            form = {
                "username": f"person-{number}",
                "password": "a guess",
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }
            try:
                answer = await browser.post("/accounts/login/", data=form)
            except httpx.HTTPError:
                answers["no answer"] += 1
            else:
                answers[str(answer.status_code)] += 1
