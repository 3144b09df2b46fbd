"""The gate before everything that hashes a password: few come in at once, and fairly.

1. A form with a password waits for its turn where waiting costs next to nothing: it has neither
   a thread nor a database connection yet.
2. Addresses from which somebody has signed in come first, whichever process they asked then, so
   that under attack from everywhere people still get in from where they have been.
3. Its turn is over when its answer begins.
4. If the database turns out to be away, all that wait are told so. They would wait for it one
   after the other.
5. A client that is told to come back is told so slowly: one that guesses asks again at once.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from django.conf import settings
from django.template.loader import render_to_string

from chatsite.addresses import address_of
from chatsite.bodies import Application, Message, Receive, Scope, Send
from chatsite.contentsecurity import HEADER, POLICY
from chatsite.realtime.outages import Cause, outages
from chatsite.signin import known
from chatsite.signin.turns import NoRoom, SentAway, Turns
from chatsite.unavailable import answer

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
        self._turns = Turns(at_once=settings.PASSWORD_WORKERS, waiting=settings.PASSWORD_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST" or not _has_password(scope["path"]):
            await self._application(scope, receive, send)
            return
        form = _Form(scope, receive, send, self)
        try:
            await self._application(scope, form.receive, form.send)
        finally:
            form.leave()

    @property
    def waiting(self) -> int:
        """Forms that wait for their turn."""
        return self._turns.waiting

    async def enter(self, address: str) -> None:
        """Wait for the turn of a form. Raises ``NoRoom``, also if it took too long, and
        ``SentAway``."""
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.take(address, is_preferred=await self._goes_first(address))
        except TimeoutError:
            raise NoRoom from None

    async def _goes_first(self, address: str) -> bool:
        # Redis is asked in a thread, and only where somebody has to wait.
        return self._turns.are_taken and await asyncio.to_thread(known.is_known, address)

    def leave(self) -> None:
        """The turn is over."""
        self._turns.give_back()

    def send_away(self) -> None:
        """No form waits any longer."""
        self._turns.send_away()


def _has_password(path: str) -> bool:
    return path in PATHS or path.startswith(RESET)


class _Form:
    """The two ends of one request. Where there was no room for it, its client seems to be gone."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, gate: Gate) -> None:
        self._path: str = scope["path"]
        self._address = address_of(scope.get("client"))
        self._receive = receive
        self._send = send
        self._gate = gate
        self._has_turn = False
        self._is_refused = False

    async def receive(self) -> Message:
        """The next part; the last one once it is this form's turn, so that none that is sent
        slowly keeps a turn from others."""
        message = await self._receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        if not is_whole or self._has_turn:
            return message
        try:
            await self._gate.enter(self._address)
        except NoRoom:
            self._is_refused = True
            await self._say_to_come_back()
        except SentAway:
            self._is_refused = True
            await answer(self._path, self._send)
        else:
            self._has_turn = True
            return message
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            if message["status"] == HTTPStatus.SERVICE_UNAVAILABLE and _is_database_away():
                self._gate.send_away()
            self.leave()
            if message["status"] == HTTPStatus.TOO_MANY_REQUESTS:
                await asyncio.sleep(self._gate.pause)
        await self._send(message)

    def leave(self) -> None:
        """Let the next one in."""
        if self._has_turn:
            self._has_turn = False
            self._gate.leave()

    async def _say_to_come_back(self) -> None:
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


def _is_database_away() -> bool:
    """What the request that is being answered has found out."""
    return outages.is_met(Cause.AWAY, within=1.0)
