"""Forty clients that guess passwords."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import httpx

from tests.siege.counts import tally_of
from tests.siege.field import Field

CLIENTS = 40


async def guesses_passwords(place: Field) -> AsyncIterator[str]:
    """Try one after the other, each client at an account of its own."""
    told = await tally_of(CLIENTS, partial(_guesses, place), seconds=place.seconds)
    yield f"{CLIENTS} clients {told}"


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
