"""What any scanner sends: it is answered, and the log has one line of it and no traceback."""

from __future__ import annotations

import httpx
import pytest

from tests.cast import Person
from tests.rawclient import TEXT, RawClient
from tests.sites import Server, ServerSite

pytestmark = pytest.mark.parametrize("site", ["daphne", "cluster"], indirect=True)

MANY = "&".join(["a=1"] * 1200)
TOKEN = "t" * 32
LOGIN = "/accounts/login/"


class Log:
    """What a server says from now on."""

    def __init__(self, server: Server) -> None:
        self._path = server.log
        self._begin = server.log.stat().st_size

    def said(self) -> str:
        """All of it."""
        return self._path.read_bytes()[self._begin :].decode()


def requests_of(person: Person) -> list[tuple[str, dict[str, str], bytes | None]]:
    """Path, headers and body of requests that Django answers with 400."""
    session = {"Cookie": person.cookies()}
    form = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    urlencoded = {**form, "Content-Type": "application/x-www-form-urlencoded"}
    return [
        (f"/api/people/?{MANY}", session, None),
        (f"{LOGIN}?{MANY}", {}, None),
        (LOGIN, {"Host": "elsewhere.example"}, None),
        (LOGIN, urlencoded, MANY.encode()),
        (LOGIN, {**form, "Content-Type": "multipart/form-data"}, b"abc"),
        (LOGIN, {**form, "Content-Type": f"{urlencoded['Content-Type']}; charset=utf-16"}, b"a=1"),
    ]


async def test_what_can_not_be_read_is_one_line(site: ServerSite, alice: Person) -> None:
    requests = requests_of(alice)
    for server in site.servers:
        log = Log(server)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as scanner:
            for path, headers, body in requests:
                method = "GET" if body is None else "POST"
                answer = await scanner.request(method, path, headers=headers, content=body)
                assert answer.status_code == 400, log.said()[-3000:]
        said = log.said()
        assert "Traceback" not in said, said[-6000:]
        assert " ERROR " not in said
        # Daphne itself answers a form of parts whose boundary is not named.
        unseen = 1 if server.kind == "daphne" else 0
        assert said.count(" WARNING django.") == len(requests) - unseen, said[-6000:]


async def test_text_that_is_not_utf8_is_no_traceback(site: ServerSite, alice: Person) -> None:
    for server in site.servers:
        log = Log(server)
        client = await RawClient.opened(server.port, "/ws/chat/", {"Cookie": alice.cookies()})
        await client.hears(b'"ready"')
        await client.sends(TEXT, b"\xff\xff")
        assert await client.close_code() in (1007, 1006)
        assert "Traceback" not in log.said(), log.said()[-3000:]
