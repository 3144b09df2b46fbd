"""What people are told over HTTP while the database or a disk can't take what they bring."""

from __future__ import annotations

import asyncio
import re
import resource
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.cast import Person
from tests.conftest import StartServer
from tests.proxy import Proxy
from tests.sites import NO_TLS, Server, ServerSite

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.parametrize("site", ["cluster"], indirect=True),
]

WITHIN = 15

FULL = """
CREATE FUNCTION no_room() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER no_room BEFORE INSERT ON conversations_message
    FOR EACH ROW EXECUTE FUNCTION no_room()
"""
"""What PostgreSQL says when a table can't grow."""

MANY = 1_000_000
"""Bytes of the largest file that a server without room may write."""


@asynccontextmanager
async def at(server: Server, person: Person) -> AsyncIterator[httpx.AsyncClient]:
    """The person's browser, at this server."""
    client = httpx.AsyncClient(
        base_url=server.url, cookies=person.client.cookies, trust_env=False, verify=NO_TLS
    )
    client.headers["X-CSRFToken"] = person.client.cookies["csrftoken"]
    client.timeout = httpx.Timeout(20)
    async with client:
        yield client


def is_unavailable(answer: httpx.Response, *, is_json: bool) -> None:
    """It says that this can't be done now, and when to try again."""
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text[:300]
    if is_json:
        assert answer.json()["code"] == "unavailable"
    else:
        assert "card.css" in answer.text
        assert "Please try again" in answer.text
        assert 'href="">Try again</a>' in answer.text, "it leads to what was asked for"


def says_it_once(log: Path, sentence: str) -> None:
    """The log has one line for the beginning and one for the end, and no traceback."""
    text = log.read_text()
    assert "Traceback" not in text, text[-6000:]
    lines = [line for line in text.splitlines() if sentence in line]
    assert [" WARNING " in line for line in lines] == [True, False], lines


async def is_well(server: Server, problems: list[str] | None = None) -> None:
    """Wait until the process says that it is, or that it has these problems."""
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        async with asyncio.timeout(WITHIN):
            while True:
                answer = await client.get(f"{server.url}/healthz", timeout=WITHIN)
                if answer.json().get("problems") == problems:
                    break
    assert answer.status_code == (503 if problems else 200)


async def test_while_the_database_is_away_every_page_says_so(
    site: ServerSite, alice: Person, start_server: StartServer
) -> None:
    url = site.servers[0].environment["DATABASE_URL"]
    port = urlsplit(url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        address = url.replace(str(port), str(proxy.port))
        server = await asyncio.to_thread(start_server, DATABASE_URL=address)
        proxy.cut()
        async with at(server, alice) as browser:
            form = {"username": "dave", "password1": "long-enough-1", "password2": "long-enough-1"}
            token = {"csrfmiddlewaretoken": alice.client.cookies["csrftoken"]}
            answers, _ = await asyncio.gather(
                asyncio.gather(
                    browser.get("/api/conversations/"),
                    browser.post("/api/media/", files={"file": ("it", b"it")}),
                    browser.get("/"),
                    browser.get("/admin/login/"),
                    browser.get(f"/media/{uuid.uuid4()}/"),
                    browser.post("/accounts/signup/", data={**form, **token}),
                ),
                is_well(server, ["database_unavailable"]),
            )
        for number, answer in enumerate(answers):
            is_unavailable(answer, is_json=number < 2)
        proxy.mends()
        await is_well(server)
        await asyncio.to_thread(server.stop)
    says_it_once(server.log, "the database is away")


@contextmanager
def _read_only(connection: psycopg.Connection) -> Iterator[None]:
    connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    connection.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")


async def _changes_nothing(server: Server, alice: Person, bob: Person) -> None:
    async with at(server, alice) as browser:
        asked = {"participantIds": [bob.user_id], "title": "A new one"}
        is_unavailable(await browser.post("/api/conversations/", json=asked), is_json=True)
        token = {"csrfmiddlewaretoken": alice.client.cookies["csrftoken"]}
        is_unavailable(await browser.post("/accounts/logout/", data=token), is_json=False)


async def test_a_database_without_room_or_read_only_says_so_and_nothing_breaks(
    site: ServerSite, alice: Person, bob: Person, room: int, start_server: StartServer
) -> None:
    url = site.servers[0].environment["DATABASE_URL"]
    server = await asyncio.to_thread(start_server)
    hers = await alice.opens_tab_at(server)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FULL)
        try:
            lost = await hers.writes(room, "no room")
            await hers.hears_error("unavailable", clientMessageId=lost)
            await is_well(server, ["database_full"])
        finally:
            connection.execute("DROP FUNCTION no_room CASCADE")
        await hers.writes(room, "no room", clientMessageId=lost)
        await hers.hears(type="message", clientMessageId=lost)
        await is_well(server)
        with _read_only(connection):
            await is_well(server, ["database_read_only"])
            await _changes_nothing(server, alice, bob)
        await is_well(server)
    await asyncio.to_thread(server.stop)
    for sentence in ("the database has no room", "the database is read-only"):
        says_it_once(server.log, sentence)


async def test_what_finds_no_room_on_a_disk_leaves_nothing_behind(
    site: ServerSite, alice: Person, start_server: StartServer, tmp_path: Path
) -> None:
    server = await asyncio.to_thread(start_server, MEDIA_ROOT=str(tmp_path / "media"))
    # As on a full disk, a write fails halfway.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (MANY, MANY))
    async with at(server, alice) as browser:
        for size in (2 * MANY, 4 * MANY):
            # The larger is kept on disk before anybody looks at it.
            full = await browser.post("/api/media/", files={"file": ("it", b"x" * size)})
            is_unavailable(full, is_json=True)
        fits = await browser.post("/api/media/", files={"file": ("it", b"x" * 1000)})
        assert fits.status_code == 201
    kept = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in kept] == [1000]
    with psycopg.connect(server.environment["DATABASE_URL"]) as connection:
        query = b"SELECT bytes FROM conversations_media WHERE uploader_id = %s"
        assert connection.execute(query, [alice.user_id]).fetchall() == [(1000,)]
    await asyncio.to_thread(server.stop)
    says_it_once(server.log, "files can't be written or read")


async def test_health_is_told_by_whatever_name_it_is_asked(site: ServerSite) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        url = f"{site.servers[0].url}/healthz"
        answer = await client.get(url, headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert re.match("default-src", answer.headers["Content-Security-Policy"])
