"""Limits: the size of a frame, how many of them, and how many connections."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from django.test import override_settings

from tests.cast import PATIENCE, Event, Person
from tests.conftest import CONSUMER, OpenTab
from tests.sites import ServerSite

MAX_FRAME = 64 * 1024
BURST = 100
FLOOD = 400
TOO_LARGE = (1009, 4009)
"""The second where the server program keeps the first for itself."""


def padded(size: int) -> str:
    """A heartbeat of that many bytes."""
    empty = json.dumps({"type": "presence", "padding": ""})
    return json.dumps({"type": "presence", "padding": "a" * (size - len(empty))})


async def test_the_largest_frame_is_read(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    await tab.sends(padded(MAX_FRAME))
    await tab.hears(type="presence", senderId=alice.user_id)


async def test_a_larger_one_closes_with_1009(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    await tab.sends(padded(MAX_FRAME + 1))
    await tab.closed_with(*TOO_LARGE)


async def test_the_limit_counts_bytes_and_not_characters(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    await tab.sends('"' + "ü" * (MAX_FRAME // 2) + '"')
    await tab.closed_with(*TOO_LARGE)


async def test_a_larger_binary_one_closes_with_1009(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    await tab.sends(b"\0" * (MAX_FRAME + 1))
    await tab.closed_with(*TOO_LARGE)


@pytest.mark.parametrize(
    ("site", "code"),
    # daphne cuts the connection, and no code comes.
    [("uvicorn", 1007), ("uvicorn-plain", 1007), ("daphne", 1006)],
    indirect=["site"],
)
async def test_text_that_is_not_utf8_closes_with_1007(
    alice: Person, open_tab: OpenTab, code: int
) -> None:
    tab = await open_tab(alice)
    await tab.sends_as_text(b'"\xff"')
    await tab.closed_with(code)


async def test_too_many_frames_are_refused_and_a_burst_is_not(
    alice: Person, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    for _ in range(BURST):
        await tab.says(type="presence")
    await tab.hears_nothing(type="error", until={"type": "presence", "senderId": alice.user_id})
    for _ in range(BURST // 2):
        await tab.says(type="presence")
    await tab.hears_error("rate_limited")


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (
            {"type": "message", "conversationId": 12, "clientMessageId": "a", "content": "hi"},
            {"conversationId": 12, "clientMessageId": "a"},
        ),
        (
            {"type": "message", "conversationId": 12, "messageId": 7, "content": "hi"},
            {"conversationId": 12, "messageId": 7},
        ),
        ({"type": "read", "conversationId": 12, "messageId": 7}, {"messageId": 7}),
        (
            {"type": "read", "marks": [{"conversationId": 12, "messageId": 7}]},
            {"marks": [{"conversationId": 12, "messageId": 7}]},
        ),
        ({"type": "presence", "presenceStatus": "busy"}, {}),
    ],
)
async def test_what_is_refused_for_its_rate_is_named(
    alice: Person, open_tab: OpenTab, frame: Event, named: Event
) -> None:
    tab = await open_tab(alice)
    for _ in range(BURST):
        await tab.says(type="presence")
    # However long a frame that is let through takes, the heartbeats use up what it may cost.
    for _ in range(8):
        await tab.says(**frame)
        for _ in range(9):
            await tab.says(type="presence")
    await tab.hears_error("rate_limited", refusedType=frame["type"], **named)


async def test_ready_tells_the_limits(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice, ready=False)
    assert (await tab.hears(type="ready"))["limits"] == {
        "frameBurst": BURST,
        "frameInterval": 50,
        "personBurst": 1_000,
        "personInterval": 25,
        "frameBytes": MAX_FRAME,
        "resumeConversations": 1_000,
        "marks": 500,
        "participants": 1_000,
        "reactions": 1000,
        "catchups": 50,
    }


async def test_a_flood_is_closed_with_4429(alice: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(alice)
    for _ in range(FLOOD):
        await tab.says(type="presence")
    await tab.closed_with(4429)


async def test_a_user_has_fifty_connections_at_most(alice: Person, open_tab: OpenTab) -> None:
    tabs = [await open_tab(alice) for _ in range(50)]
    one_too_many = await open_tab(alice, ready=False)
    await one_too_many.closed_with(4429)
    await asyncio.gather(*(tab.says(type="presence") for tab in tabs))
    await asyncio.gather(*(tab.hears(type="presence", senderId=alice.user_id) for tab in tabs))


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_who_says_nothing_for_long_is_closed_with_4408(
    alice: Person, open_tab: OpenTab
) -> None:
    with override_settings(PRESENCE_TIMEOUT=0.5):
        tab = await open_tab(alice)
        await tab.closed_with(4408)


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_an_address_that_is_too_long_is_refused_at_once(site: ServerSite) -> None:
    host = urlsplit(site.servers[0].url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    lines = [
        f"GET /ws/chat/?resume={'1:2,' * 2_500} HTTP/1.1",
        f"Host: {host.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).split()[1] == b"414"
        await reader.read()
    writer.close()
