"""The database's address leads to another server, while connections to the old one live on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.cast import Person
from tests.conftest import StartServer
from tests.proxy import Proxy
from tests.services import standby_of
from tests.sites import ServerSite

READ_ONLY = "ALTER SYSTEM SET default_transaction_read_only = on"
WRITABLE = "ALTER SYSTEM RESET default_transaction_read_only"

WITHIN = 15


def _port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None, "the URL names a port"
    return port


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def primary(site: ServerSite) -> Iterator[str]:
    """The database's URL. It takes writes again afterwards."""
    url = site.servers[0].environment["DATABASE_URL"]
    yield url
    _execute(url, WRITABLE, "SELECT pg_reload_conf()")


async def _health_of(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{url}/healthz", timeout=WITHIN)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_after_a_fail_over_to_a_standby_messages_are_stored_there_within_seconds(
    site: ServerSite, alice: Person, room: int, start_server: StartServer, primary: str
) -> None:
    with standby_of(primary) as standby:
        async with Proxy(_port_of(primary)) as proxy:
            address = primary.replace(str(_port_of(primary)), str(proxy.port))
            server = await asyncio.to_thread(start_server, DATABASE_URL=address)
            hers = await alice.opens_tab_at(server)
            await hers.writes(room, "before")
            await hers.hears(type="message", content="before")
            await asyncio.to_thread(
                _execute, primary, READ_ONLY, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)"
            )
            await asyncio.to_thread(_execute, standby, "SELECT pg_promote()")
            sick = await _health_of(server.url)
            assert (sick.status_code, sick.headers["Retry-After"]) == (503, "5")
            assert sick.json()["problems"] == ["database_read_only"]
            lost = await hers.writes(room, "too early")
            await hers.hears_error("unavailable", clientMessageId=lost)
            proxy.leads_to(_port_of(standby))
            async with asyncio.timeout(WITHIN):
                while (await _health_of(server.url)).status_code != 200:
                    pass
            async with asyncio.timeout(WITHIN):
                # A thread may still hold a connection to the old server, and is refused once.
                while not await hers.has_heard(type="message", content="after", within=0.5):
                    await hers.writes(room, "after", clientMessageId=lost)
            with psycopg.connect(standby) as connection:
                query = (
                    b"SELECT content FROM conversations_message WHERE conversation_id = %s"
                    b" ORDER BY sequence DESC LIMIT 1"
                )
                assert connection.execute(query, [room]).fetchall() == [("after",)]
            await asyncio.to_thread(server.stop)
