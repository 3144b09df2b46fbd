"""The base of a stream: who may connect, how frames come in, and when it ends.

It knows no app. A subclass says what to do ``opened``, with a ``frame``, and ``closed``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import Error as DatabaseError

from chatsite.addresses import address_of
from chatsite.realtime.addresslimits import get_address_limits
from chatsite.realtime.database import AWAY
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.fanout import get_fanout
from chatsite.realtime.frames import READ_EXTENSION, WRITE_EXTENSION
from chatsite.realtime.identity import Claim, auth_hash_of, user_named_in, user_signed_in
from chatsite.realtime.lanes import Job, Lanes
from chatsite.realtime.locks import is_held
from chatsite.realtime.metrics import FRAMES, OPEN_SOCKETS
from chatsite.realtime.outages import outages
from chatsite.realtime.personlimits import get_person_limits
from chatsite.realtime.ratelimit import TokenBucket
from chatsite.realtime.sessionkeeper import get_session_keeper
from chatsite.realtime.sessions import (
    KICKED,
    REVOKED,
    session_digest,
    session_key_of,
)
from chatsite.realtime.socket import AsgiSend, Socket, close_with
from chatsite.realtime.subscriptions import LayerUnavailable

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]

CLOSE_TOO_LARGE = 1009
CLOSE_FAILED = 1011
CLOSE_UNAVAILABLE = 1013
CLOSE_SIGNED_OUT = 4401
CLOSE_SILENT = 4408
CLOSE_WRONG_ACCOUNT = 4409
CLOSE_FORCED = 4410
CLOSE_TOO_MANY = 4429

FLOOD_PATIENCE = 10
"""Of dropped frames, a tenth of ``STREAM_RATE`` is put up with for ever, and as many at once as
``STREAM_BURST`` says. A flood that goes on is closed."""

SECOND_LOOK = 0.25
"""Seconds between the end of ``PRESENCE_TIMEOUT`` and closing. A process that was stopped finds
its timers due before it has read what came meanwhile: it reads that first, and looks again."""


class StreamConsumer(AsyncConsumer):
    """One WebSocket connection of a signed-in user."""

    user_id: int
    session_key: str
    _lanes: Lanes | None = None
    """What waits for the database. ``None`` before the first such frame."""
    _socket: Socket | None = None
    _is_gone = False
    """Whether the client left before it was known who it is."""
    _auth_hash: int | None = None
    """By which another password shows. ``None`` before the session was compared with it."""

    @property
    def socket(self) -> Socket:
        """Where everything this connection is sent goes through. Known from ``opened`` on."""
        assert self._socket is not None, "nobody is signed in on this connection"
        return self._socket

    @property
    def lanes(self) -> Lanes:
        """Where frames wait for the database."""
        if self._lanes is None:
            self._lanes = Lanes(self._carry_out)
        return self._lanes

    async def opened(self) -> None:
        """The connection is accepted, and ``user_id`` is whom its session names: join groups, see
        that the user is ``signed_in``, then ``socket.release``."""
        raise NotImplementedError

    async def signed_in(self) -> Any | None:
        """The user, whose session holds; else the connection is closed. To be asked after joining
        ``user.<id>``, since what was revoked before that was told to nobody here."""
        user = await user_signed_in(self.session_key)
        if user is not None and user.pk == self.user_id:
            self._auth_hash = auth_hash_of(user)
            return user
        self.sign_out()
        return None

    def claim(self) -> Claim | None:
        """By what the user is signed in; ``None`` until that is known, and once it is closed."""
        if self._auth_hash is None or self.socket.closed:
            return None
        return Claim(self.user_id, self.session_key, self._auth_hash)

    def sign_out(self) -> None:
        """Close the connection, whose session no longer holds."""
        self.socket.close(CLOSE_SIGNED_OUT)

    def kick(self) -> None:
        """Close the connection, as an operator wants it."""
        self.socket.close(CLOSE_FORCED)

    def frame(self, text: str) -> None:
        """A text frame came in. What can be done from memory is done; for the rest there is
        ``later``. Raises ``Refused``; nothing else may escape but bugs."""
        raise NotImplementedError

    def echo(self, text: str) -> dict[str, Any]:
        """What an ``error`` repeats of a refused frame: keyword arguments for ``error_message``."""
        raise NotImplementedError

    async def closed(self) -> None:
        """The connection is gone, after ``opened`` was begun. Called once."""
        raise NotImplementedError

    async def layer_message(self, message: dict[str, Any]) -> None:
        """A layer message other than events reached one of this connection's groups."""
        raise NotImplementedError

    def later(self, lane: Hashable, work: Callable[[], Awaitable[None]], text: str) -> None:
        """Carry out a frame that stores something, once all that is in its lane before it is.

        ``work`` may raise ``Refused`` and ``DatabaseError``, which are answered. Raises
        ``Refused``: rate_limited, of this connection or of the person; unavailable."""
        if not get_person_limits().take(self.user_id, now=self._last_frame):
            raise Refused(ErrorCode.RATE_LIMITED)
        self.lanes.put(Job(lane, work, text))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One loop, where Channels has a channel, a task for each frame, and a hop to a thread.

        The fan-out owns the process' one channel, and who uses the database cleans up. The loop
        reads on while the database works: heartbeats are behind what waits for it."""
        self.scope = scope
        self._send: AsgiSend = send
        self._address = address_of(scope.get("client"))
        self._is_counted = get_address_limits().enter(self._address)
        try:
            message = await self._connect(await receive(), receive)
            while message["type"] != "websocket.disconnect":
                self.websocket_receive(message)
                message = await receive()
        finally:
            if self._is_counted:
                get_address_limits().leave(self._address)
            await self._end()

    async def _connect(self, message: dict[str, Any], receive: Receive) -> dict[str, Any]:
        """Let the client in, and return what it says next. If it goes meanwhile, what is under way
        for it comes to no more: under load, pages that give up and try again are many."""
        connecting = asyncio.ensure_future(self.websocket_connect(message))
        following = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((connecting, following), return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done() and following.result()["type"] == "websocket.disconnect":
                self._is_gone = True
                if self._socket is not None:
                    self._socket.abandon()
            await connecting
            return await following
        finally:
            connecting.cancel()
            following.cancel()
            await asyncio.gather(connecting, following, return_exceptions=True)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        """Accept, and let in who is signed in. Refused only once accepted: a browser can read a
        close code, not the status of a handshake."""
        await self._send({"type": "websocket.accept"})
        if not self._is_counted:
            await self._refuse(CLOSE_TOO_MANY)
            return
        key = session_key_of(self.scope["headers"])
        try:
            user_id = await user_named_in(key) if key else None
            if self._is_gone:
                return
            if user_id is None or key is None:
                await self._refuse(CLOSE_SIGNED_OUT)
                return
            if not _is_meant_for(user_id, self.scope["query_string"]):
                await self._refuse(CLOSE_WRONG_ACCOUNT)
                return
            self.user_id, self.session_key = user_id, key
            self._start()
            await self.opened()
            # The routers around this hold them too, for as long as the connection lasts.
            headers: Any = self.scope["headers"]
            headers.clear()
        except LayerUnavailable as error:
            # Said once, for all who try to connect meanwhile.
            logger.debug("user %s can't be let in: %s", self.user_id, error.__cause__)
            await self._refuse(CLOSE_UNAVAILABLE)
        except DatabaseError as error:
            outages.report(error, "somebody could not connect")
            await self._refuse(CLOSE_UNAVAILABLE)

    def websocket_receive(self, message: dict[str, Any]) -> None:
        """One frame, within its limits."""
        if self._socket is None or self._socket.closed:
            return
        FRAMES.inc()
        self._last_frame = time.monotonic()
        text = message.get("text")
        size = len(message.get("bytes") or b"") if text is None else len(text)
        if text is not None and size <= settings.STREAM_MAX_FRAME < 4 * size:
            size = len(text.encode())
        if size > settings.STREAM_MAX_FRAME:
            self.socket.close(CLOSE_TOO_LARGE)
        elif self._allowed(text):
            self._frame(text)

    async def control(self, message: dict[str, Any]) -> None:
        """A layer message to one of the socket's groups."""
        if message.get("type") == REVOKED:
            self._recheck_session(message.get("session"))
        elif message.get("type") == KICKED:
            self.kick()
        else:
            await self.layer_message(message)

    def _start(self) -> None:
        now = self._last_frame = time.monotonic()
        self._bucket = TokenBucket(rate=settings.STREAM_RATE, burst=settings.STREAM_BURST, now=now)
        self._patience = TokenBucket(
            rate=settings.STREAM_RATE / FLOOD_PATIENCE, burst=settings.STREAM_BURST, now=now
        )
        self._socket = Socket(
            user_id=self.user_id,
            send=self._send,
            control=self.control,
            limit=settings.STREAM_OUTBOX,
            **self._extension(),
        )
        self._begin_reading()
        OPEN_SOCKETS.inc()
        get_session_keeper().add(self)
        self._watch_silence()

    def _extension(self) -> dict[str, Any]:
        """The server program's ways to send a frame that is built already, and to wait until it
        was sent, if it has such."""
        extensions: dict[str, Any] = self.scope.get("extensions") or {}
        ways: dict[str, Any] = extensions.get(WRITE_EXTENSION, {})
        return ways

    def _begin_reading(self) -> None:
        """Of somebody who is known, what they send may be taken in while they are let in."""
        extensions: dict[str, Any] = self.scope.get("extensions") or {}
        if READ_EXTENSION in extensions:
            extensions[READ_EXTENSION]["begin"]()

    def _watch_silence(self, *, is_second_look: bool = False) -> None:
        """Close who sent nothing for ``PRESENCE_TIMEOUT``: one timer, set anew when it fires."""
        left = self._last_frame + settings.PRESENCE_TIMEOUT - time.monotonic()
        loop = asyncio.get_running_loop()
        if left > 0:
            self._silence_timer = loop.call_later(left, self._watch_silence)
        elif not is_second_look:
            look = partial(self._watch_silence, is_second_look=True)
            # Behind what was read by then, and is about to be handled.
            self._silence_timer = loop.call_later(SECOND_LOOK, loop.call_soon, look)
        else:
            self.socket.close(CLOSE_SILENT)

    def _allowed(self, text: str | None) -> bool:
        """Whether the rate allows one more frame; if not it is refused, and a flood ends."""
        if self._bucket.take(self._last_frame):
            return True
        if self._patience.take(self._last_frame):
            # So that the client knows what to send again.
            named = {} if text is None else self.echo(text)
            self.socket.post(error_message(Refused(ErrorCode.RATE_LIMITED), **named))
        else:
            self.socket.close(CLOSE_TOO_MANY)
        return False

    def _frame(self, text: str | None) -> None:
        if text is None:
            refused = Refused(ErrorCode.INVALID_FRAME, "A frame is text, not binary.")
            self.socket.post(error_message(refused))
            return
        try:
            self.frame(text)
        except Refused as refused:
            self._answer_refused(refused, text)

    async def _carry_out(self, job: Job) -> None:
        """Do what waited in a lane, if the connection still is its user's, and answer for it."""
        if self.socket.closed:
            return
        try:
            await job.work()
        except Refused as refused:
            self._answer_refused(refused, job.text)
        except DatabaseError as error:
            outages.report(error, "a frame was not carried out")
            for one in (job, *self._hopeless_after(error, job)):
                self._answer_refused(Refused(ErrorCode.UNAVAILABLE), one.text)
        except Exception:
            logger.exception("a frame of user %s failed, which is a bug", self.user_id)
            self.socket.close(CLOSE_FAILED)

    def _hopeless_after(self, error: DatabaseError, job: Job) -> list[Job]:
        """What waits, and would only wait as long as the job did to be refused as well: behind it
        where something stayed locked, everywhere where the database is away."""
        if is_held(error):
            return self.lanes.take_waiting([job.lane])
        return self.lanes.take_waiting() if isinstance(error, AWAY) else []

    def _answer_refused(self, refused: Refused, text: str) -> None:
        self.socket.post(error_message(refused, **self.echo(text)))

    def _recheck_session(self, digest: str | None) -> None:
        if digest is not None:
            if digest == session_digest(self.session_key):
                self.sign_out()
        else:
            # A task of its own: the fan-out must not wait for the database.
            self._look = asyncio.ensure_future(self._look_at_session())

    async def _look_at_session(self) -> None:
        try:
            await self.signed_in()
        except DatabaseError as error:
            outages.report(error, "a session could not be looked at")
            self.socket.close(CLOSE_UNAVAILABLE)

    async def _refuse(self, code: int) -> None:
        if self._socket is not None:
            self._socket.close(code)
        else:
            await close_with(self._send, code)

    async def _end(self) -> None:
        """The one way out of every connection, whatever ended it."""
        if self._socket is None:
            return
        OPEN_SOCKETS.dec()
        get_session_keeper().remove(self)
        self._silence_timer.cancel()
        if self._lanes is not None:
            # What came before the end is carried out.
            await self._lanes.drain()
        await get_fanout().remove(self._socket)
        try:
            await self.closed()
        except DatabaseError as error:
            outages.report(error, "a connection was not closed: the keeper settles it")


def _is_meant_for(user_id: int, query_string: bytes) -> bool:
    """Whether the client expects to be this user, or does not say whom it expects. The tabs of a
    browser share one cookie, so the session may be another's than the page's."""
    expected = parse_qs(query_string.decode("utf-8", "replace")).get("user")
    return expected is None or expected == [str(user_id)]
