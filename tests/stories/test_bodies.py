"""How large a request's body may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.cast import PATIENCE, Person
from tests.conftest import CONSUMER


async def chunks(*, megabytes: int) -> AsyncIterator[bytes]:
    """A body that does not say how long it will be."""
    for _ in range(megabytes):
        yield bytes(1024 * 1024)


# Daphne takes the whole body in before it asks anybody.
@pytest.mark.parametrize("site", [CONSUMER, "uvicorn"], indirect=True)
async def test_a_body_too_large_is_not_taken_in(alice: Person) -> None:
    for path, megabytes, code in (
        ("/api/conversations/", 3, "invalid_frame"),
        ("/api/media/", 11, "invalid_media"),
    ):
        said = await alice.client.post(path, content=bytes(megabytes * 1024 * 1024))
        unsaid = await alice.client.post(path, content=chunks(megabytes=megabytes))
        for answer in (said, unsaid):
            assert answer.status_code == 413
            assert answer.json()["code"] == code


# A client of a real server would send the whole body before it looked for an answer.
@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
@pytest.mark.parametrize("length", ["3000000", "9" * 20, "9" * 5000])
async def test_a_body_that_says_to_be_too_large_is_not_waited_for(
    alice: Person, length: str
) -> None:
    """Nothing of it is sent."""

    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.Future()
        yield b""

    headers = {"Content-Length": length}
    async with asyncio.timeout(PATIENCE):
        answer = await alice.client.post("/api/conversations/", content=nothing(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("site", [CONSUMER, "uvicorn"], indirect=True)
async def test_of_a_page_it_is_said_on_a_page(alice: Person) -> None:
    answer = await alice.client.post("/accounts/login/", content=bytes(3 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "larger than the site takes" in answer.text
