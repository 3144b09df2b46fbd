"""The gate before everything that hashes a password: few come in at once, and fairly.

1. A form with a password waits for its turn where waiting costs next to nothing: it has neither
   a thread nor a database connection yet.
2. Addresses from which somebody has signed in come first, so that under attack from everywhere
   people still get in from where they have been.
3. Its turn is over when its answer begins.
4. A client that is told to come back is told so slowly: one that guesses asks again at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from http import HTTPStatus

from django.conf import settings
from django.template.loader import render_to_string

from chatsite.addresses import address_of
from chatsite.bodies import Application, Message, Receive, Scope, Send
from chatsite.contentsecurity import HEADER, POLICY
from chatsite.signin.turns import NoRoom, Turns

PATHS = frozenset(
    {
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password_change/",
        "/admin/login/",
        "/admin/password_change/",
    }
)
RESET = "/accounts/reset/"
"""What the links begin with by which somebody chooses a password."""

PATIENCE = 15.0
"""Seconds for which a form waits for its turn. Browsers and proxies wait longer."""

KNOWN = 10_000
"""Addresses that are remembered, the latest from which somebody signed in."""

COME_BACK = 5
"""Seconds after which who found no room may try again."""


class Gate:
    """The application, with forms that have a password let in by turns."""

    def __init__(
        self, application: Application, *, pause: float = 2.0, patience: float = PATIENCE
    ) -> None:
        """``pause``: seconds that an answer waits which refuses; ``patience``: that a form waits
        for its turn."""
        self._application = application
        self.pause = pause
        self._patience = patience
        self._known: OrderedDict[str, None] = OrderedDict()
        self._turns = Turns(at_once=settings.PASSWORD_WORKERS, waiting=settings.PASSWORD_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST" or not _has_password(scope["path"]):
            await self._application(scope, receive, send)
            return
        form = _Form(receive, send, self, address_of(scope.get("client")))
        try:
            await self._application(scope, form.receive, form.send)
        finally:
            form.leave()

    async def enter(self, address: str) -> bool:
        """Wait for the turn of a form; whether it came."""
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.take(address, is_preferred=address in self._known)
        except (NoRoom, TimeoutError):
            return False
        return True

    def leave(self) -> None:
        """The turn is over."""
        self._turns.give_back()

    def remember(self, address: str) -> None:
        """Somebody signed in from there."""
        self._known[address] = None
        self._known.move_to_end(address)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)


def _has_password(path: str) -> bool:
    return path in PATHS or path.startswith(RESET)


class _Form:
    """The two ends of one request. Where there was no room for it, its client seems to be gone."""

    def __init__(self, receive: Receive, send: Send, gate: Gate, address: str) -> None:
        self._receive = receive
        self._send = send
        self._gate = gate
        self._address = address
        self._has_turn = False
        self._is_refused = False

    async def receive(self) -> Message:
        """The next part; the last one once it is this form's turn, so that none that is sent
        slowly keeps a turn from others."""
        message = await self._receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        if not is_whole or self._has_turn:
            return message
        if not await self._gate.enter(self._address):
            await self._refuse()
            return {"type": "http.disconnect"}
        self._has_turn = True
        return message

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            self.leave()
            if message["status"] == HTTPStatus.FOUND:
                self._gate.remember(self._address)
            elif message["status"] == HTTPStatus.TOO_MANY_REQUESTS:
                await asyncio.sleep(self._gate.pause)
        await self._send(message)

    def leave(self) -> None:
        """Let the next one in."""
        if self._has_turn:
            self._has_turn = False
            self._gate.leave()

    async def _refuse(self) -> None:
        self._is_refused = True
        await asyncio.sleep(self._gate.pause)
        body = render_to_string("429.html", {"wait": 0}).encode()
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-length": str(len(body)),
            "retry-after": str(COME_BACK),
            "cache-control": "no-store",
            HEADER.lower(): "; ".join(POLICY),
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        status = HTTPStatus.SERVICE_UNAVAILABLE
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        await self._send({"type": "http.response.body", "body": body})
