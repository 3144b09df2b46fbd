"""Clients that want a server to hold much, or to be many."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cast import PATIENCE, Person
from tests.conftest import OpenTab, StartServer
from tests.rawclient import COMPRESSED, TEXT, RawClient
from tests.sites import Server, ServerSite

CROWD = 20
"""Connections of each kind."""

FRAGMENT = 16_000

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
