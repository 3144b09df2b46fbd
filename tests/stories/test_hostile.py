"""Clients that want a server to hold much, or to be many."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cast import PATIENCE, Person
from tests.conftest import OpenTab, StartServer
from tests.rawclient import COMPRESSED, CONTINUATION, PING, PONG, TEXT, RawClient, frame_of
from tests.sites import Server, ServerSite

CROWD = 20
"""Connections of each kind."""

FRAGMENT = 16_000

TINY = 300_000
"""Frames without content, of six bytes each."""

MiB = 1024 * 1024


def memory_of(server: Server) -> int:
    """Bytes that the process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_messages_that_never_end_are_not_gathered(
    site: ServerSite, alice: Person, open_tab: OpenTab
) -> None:
    server = site.servers[0]
    tab = await open_tab(alice)
    before = memory_of(server)
    opened = [
        await RawClient.opened(server.port, "/ws/chat/", headers)
        for headers in ({"Cookie": alice.cookies()}, {})
        for _ in range(CROWD)
    ]
    fragments = 4 * MiB // FRAGMENT
    await asyncio.gather(
        *(client.sends_without_end(fragments=fragments, size=FRAGMENT) for client in opened)
    )
    await tab.hears_nothing(type="error")
    assert memory_of(server) - before < 40 * MiB
    async with asyncio.timeout(PATIENCE):
        codes = [await client.close_code() for client in opened]
    assert codes == [1009] * CROWD + [4401] * CROWD


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_tiny_frames_are_parsed_no_further_than_they_are_allowed(
    site: ServerSite, alice: Person, bob: Person, open_tab: OpenTab
) -> None:
    """Of a client without a session none is, and it gets no answer but the code."""
    port = site.servers[0].port
    tab = await open_tab(bob)
    signed_in, anyone = {"Cookie": alice.cookies()}, dict[str, str]()
    pings = TINY * frame_of(PING)
    fragments = frame_of(TEXT, is_last=False) + TINY * frame_of(CONTINUATION, is_last=False)
    for headers, flood, code in (
        (anyone, pings, 4401),
        (anyone, fragments, 4401),
        (signed_in, pings, 4429),
        (signed_in, fragments, 4429),
    ):
        client = await RawClient.opened(port, "/ws/chat/", headers)
        sending = asyncio.create_task(client.sends_bytes(flood))
        async with asyncio.timeout(PATIENCE):
            ended_by, heard = await client.hears_the_end()
        await sending
        assert ended_by == code
        # A few more than at once are allowed while the others come.
        assert heard.count(PONG) <= (200 if (flood, code) == (pings, 4429) else 0)
    await tab.hears_nothing(type="error")


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_an_address_has_so_many_connections(
    alice: Person, bob: Person, start_server: StartServer
) -> None:
    """Of whom a proxy that is believed says so: this machine is one by default."""
    server = await asyncio.to_thread(start_server, STREAM_CONNECTIONS_PER_ADDRESS="2")
    home, elsewhere = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
    first = await alice.opens_tab_at(server, headers=home)
    await bob.opens_tab_at(server, headers=home)
    one_too_many = await RawClient.opened(server.port, "/ws/chat/", home)
    async with asyncio.timeout(PATIENCE):
        assert await one_too_many.close_code() == 4429
    await bob.opens_tab_at(server, headers=elsewhere)
    await alice.opens_tab_at(server)
    await first.closes()
    await bob.opens_tab_at(server, headers=home)


@pytest.mark.parametrize("site", ["daphne"], indirect=True)
async def test_daphne_agrees_to_no_compression(site: ServerSite, alice: Person) -> None:
    """So it inflates nothing, and cuts a connection that says to be compressed. uvicorn may agree:
    see ``test_ws_reading``."""
    offer = {"Cookie": alice.cookies(), "Sec-WebSocket-Extensions": "permessage-deflate"}
    client = await RawClient.opened(site.servers[0].port, "/ws/chat/", offer)
    await client.sends(TEXT | COMPRESSED, b"\x00" * FRAGMENT)
    async with asyncio.timeout(PATIENCE):
        assert await client.close_code() == 1006
