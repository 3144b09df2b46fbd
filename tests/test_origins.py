"""Which pages may open a WebSocket, asked of the handshake as the server programs hand it on."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from chatsite.bodies import Message, Scope
from chatsite.origins import SameOrigin

HOST = "chat.example.org"
PAGE = f"https://{HOST}"


def handshake(origin: str | None, *, scheme: str | None = "wss", **headers: str) -> Scope:
    """The scope of a WebSocket; without a scheme it is as daphne makes it."""
    named = {"host": HOST, **{name.replace("_", "-"): text for name, text in headers.items()}}
    if origin is not None:
        named["origin"] = origin
    encoded = [(name.encode(), text.encode("latin-1")) for name, text in named.items()]
    scope = {"type": "websocket", "path": "/ws/chat/", "query_string": b"\xff", "headers": encoded}
    return scope if scheme is None else {**scope, "scheme": scheme}


async def is_let_in(scope: Scope) -> bool:
    """Whether the application behind the door is asked; else the handshake is refused."""
    seen: list[Any] = []
    said = iter(["websocket.connect", "websocket.disconnect"])

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        seen.append("let in")

    async def receive() -> Message:
        return {"type": next(said), "code": 1000}

    async def send(message: Message) -> None:
        seen.append(message["type"])

    await SameOrigin(application)(scope, receive, send)
    assert seen in (["let in"], ["websocket.close"])
    return seen == ["let in"]


@pytest.fixture(autouse=True)
def hosts(settings: Settings) -> None:
    """A site of several names."""
    settings.ALLOWED_HOSTS = [HOST, ".example.net"]


async def test_the_sites_own_page_may() -> None:
    assert await is_let_in(handshake(PAGE))
    assert await is_let_in(handshake(f"{PAGE}:8443", host=f"{HOST}:8443"))
    assert await is_let_in(handshake(f"http://{HOST}", scheme="ws"))


@pytest.mark.parametrize(
    "origin",
    [
        f"http://{HOST}",
        f"{PAGE}:1",
        f"{PAGE}:443",
        f"file://{HOST}",
        f"chrome-extension://{HOST}",
        "null",
        "",
        HOST,
        "https://[",
        f"{PAGE}, {PAGE}",
        "https://evil.example",
        f"https://{HOST}.evil.example",
        # A host of this site, and not the one whose cookies were sent.
        "https://one.example.net",
    ],
)
async def test_a_page_of_another_scheme_host_or_port_may_not(origin: str) -> None:
    assert not await is_let_in(handshake(origin))


async def test_a_sibling_of_a_wildcard_host_may_not() -> None:
    assert await is_let_in(handshake("https://one.example.net", host="one.example.net"))
    assert not await is_let_in(handshake("https://two.example.net", host="one.example.net"))


async def test_a_host_that_is_none_of_the_sites_may_not() -> None:
    assert not await is_let_in(handshake("https://evil.example", host="evil.example"))


async def test_without_an_origin_nobody_may(settings: Settings) -> None:
    assert not await is_let_in(handshake(None))
    settings.ALLOWED_HOSTS = ["*"]
    assert not await is_let_in(handshake(None))
    assert not await is_let_in(handshake("https://evil.example"))


async def test_an_origin_that_is_trusted_may(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.example.edu:444"]
    assert await is_let_in(handshake("https://app.example.com"))
    assert await is_let_in(handshake("https://any.example.edu:444"))
    for other in ("http://app.example.com", "https://app.example.com:1", "https://any.example.edu"):
        assert not await is_let_in(handshake(other))


@pytest.mark.parametrize(("proto", "origin"), [("https", PAGE), ("http", f"http://{HOST}")])
async def test_behind_a_proxy_the_scheme_is_what_django_takes_it_for(
    settings: Settings, proto: str, origin: str
) -> None:
    other = {PAGE: f"http://{HOST}", f"http://{HOST}": PAGE}[origin]
    said = {"x_forwarded_proto": proto}
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert await is_let_in(handshake(origin, scheme="ws", **said))
    assert not await is_let_in(handshake(other, scheme="ws", **said))
    # Of a proxy that nobody has vouched for it is not believed.
    settings.SECURE_PROXY_SSL_HEADER = None
    assert await is_let_in(handshake(f"http://{HOST}", scheme="ws", **said))


@pytest.mark.parametrize("is_https", [True, False])
async def test_daphne_says_no_scheme_so_it_is_that_of_all_pages(
    settings: Settings, is_https: bool
) -> None:
    settings.SECURE_SSL_REDIRECT = is_https
    assert await is_let_in(handshake(PAGE, scheme=None)) is is_https
    assert await is_let_in(handshake(f"http://{HOST}", scheme=None)) is not is_https


async def test_what_else_the_request_says_is_of_no_matter() -> None:
    malformed = {"content_type": "a;" + "b" * 20_000, "content_length": "x"}
    assert await is_let_in(handshake(PAGE, **malformed))
