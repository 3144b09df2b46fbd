"""The base class of a stream: who may connect, how frames come in, and when it ends.

It does not depend on any app. A subclass implements ``opened``, ``frame`` and ``closed``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import Error as DatabaseError

from chatsite.addresses import address_of
from chatsite.realtime.addresslimits import get_address_limits
from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.controls import (
    Control,
    EventsLost,
    Kicked,
    PersonControl,
    RoomControl,
    SessionRevoked,
)
from chatsite.realtime.database import AWAY
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.extensions import begin_reading, hold_reading, ways_to_write
from chatsite.realtime.fanout import get_fanout
from chatsite.realtime.floods import FloodGate, Verdict
from chatsite.realtime.identity import user_named_in
from chatsite.realtime.lanes import Job, Lanes
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.locks import is_held
from chatsite.realtime.metrics import FRAMES, OPEN_SOCKETS
from chatsite.realtime.outages import outages
from chatsite.realtime.personlimits import get_person_limits
from chatsite.realtime.sessionkeeper import get_session_keeper
from chatsite.realtime.sessions import session_key_of
from chatsite.realtime.silence import Silence
from chatsite.realtime.socket import AsgiSend, Socket, close_with
from chatsite.realtime.standing import Standing

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]


class StreamConsumer(AsyncConsumer):
    """One WebSocket connection of a signed-in user."""

    user_id: int
    standing: Standing
    """Whether the user is still signed in. Set, like ``user_id``, from ``opened`` on."""
    _lanes: Lanes | None = None
    """What waits for the database. ``None`` before the first such frame."""
    _socket: Socket | None = None
    _is_gone = False
    """Whether the client left."""

    @property
    def socket(self) -> Socket:
        """Everything that is sent to this connection passes through it. Set from ``opened`` on."""
        assert self._socket is not None, "nobody is signed in on this connection"
        return self._socket

    @property
    def is_here(self) -> bool:
        """Whether the client is there, as far as is known: it has not left, and has not been silent
        for too long."""
        return not (self._is_gone or self.socket.closed or self._silence.is_too_long)

    @property
    def lanes(self) -> Lanes:
        """Where frames wait for the database."""
        if self._lanes is None:
            self._lanes = Lanes(self._carry_out, person=self.user_id)
        return self._lanes

    async def opened(self) -> None:
        """The connection is accepted, and ``user_id`` is the user of its session: join groups,
        check ``standing``, and then call ``socket.release``."""
        raise NotImplementedError

    def kick(self) -> None:
        """Close the connection, which is not recorded any more: an operator set its person
        offline, or their account was deleted, which its session tells."""
        self.standing.look(if_valid=partial(self.socket.close, CloseCode.FORCED))

    def frame(self, text: str) -> None:
        """Handle a text frame. Work that needs the database goes through ``later``. Raises
        ``Refused``; any other exception is a bug."""
        raise NotImplementedError

    def echo(self, text: str) -> dict[str, Any]:
        """What an ``error`` repeats of a refused frame, as arguments for ``error_message``."""
        raise NotImplementedError

    async def closed(self) -> None:
        """Clean up after the connection has ended. Called once, if ``opened`` was called."""
        raise NotImplementedError

    async def obey(self, control: RoomControl | PersonControl | EventsLost) -> None:
        """Handle a control, other than those about the session, of one of this connection's
        groups."""
        raise NotImplementedError

    def later(self, lane: Hashable, work: Callable[[], Awaitable[None]], text: str) -> None:
        """Carry out a frame that stores something, once all that is in its lane before it is.

        ``work`` may raise ``Refused`` and ``DatabaseError``, which are answered. Raises
        ``Refused``: rate_limited, of this connection or of the person; unavailable."""
        if not get_person_limits().take(self.user_id, now=self._silence.heard_at):
            raise Refused(ErrorCode.RATE_LIMITED)
        self.lanes.put(Job(lane, work, text))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection in one loop, where Channels has a channel, a task for each frame, and
        a switch to a thread.

        The fan-out owns the channel of the process, and code that uses the database closes its
        connections. The loop goes on reading while the database works, so heartbeats do not wait
        behind frames that need it."""
        self.scope = scope
        self._send: AsgiSend = send
        hold_reading(scope)
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
        """Let the client in, and return its next message. If it leaves meanwhile, the work for it
        is abandoned: under load, many pages give up and try again."""
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
        """Accept the connection, and let in a user who is signed in. Refusals come after the
        handshake, since a browser can read a close code but not the status of a handshake."""
        await self._send({"type": "websocket.accept"})
        if not self._is_counted:
            await self._refuse(CloseCode.TOO_MANY)
            return
        key = session_key_of(self.scope["headers"])
        try:
            user_id = await user_named_in(key) if key else None
            if self._is_gone:
                return
            if user_id is None or key is None:
                await self._refuse(CloseCode.SIGNED_OUT)
                return
            if not _is_meant_for(user_id, self.scope["query_string"]):
                await self._refuse(CloseCode.WRONG_ACCOUNT)
                return
            self._start(user_id, key)
            await self.opened()
            # The routers around this keep the list, too, for as long as the connection lasts.
            headers: Any = self.scope["headers"]
            headers.clear()
        except LayerUnavailable as error:
            # The outage is logged once, for all that try to connect meanwhile.
            logger.debug("user %s can't be let in: %s", self.user_id, error)
            await self._refuse(CloseCode.UNAVAILABLE)
        except DatabaseError as error:
            outages.report(error, "somebody could not connect")
            await self._refuse(CloseCode.UNAVAILABLE)

    def websocket_receive(self, message: dict[str, Any]) -> None:
        """Handle one frame, if it is within its limits."""
        if self._socket is None or self._socket.closed:
            return
        FRAMES.inc()
        self._silence.heard()
        text = message.get("text")
        size = len(message.get("bytes") or b"") if text is None else len(text)
        if text is not None and size <= settings.STREAM_MAX_FRAME < 4 * size:
            size = len(text.encode())
        if size > settings.STREAM_MAX_FRAME:
            self.socket.close(CloseCode.TOO_LARGE)
        elif self._allowed(text):
            self._frame(text)

    async def control(self, control: Control) -> None:
        """Handle a control that was sent to one of the socket's groups."""
        match control:
            case SessionRevoked(session=digest):
                self.standing.revoked(digest)
            case Kicked():
                self.socket.close(CloseCode.FORCED)
            case _:
                await self.obey(control)

    def _start(self, user_id: int, session_key: str) -> None:
        self.user_id = user_id
        self._socket = Socket(
            user_id=self.user_id,
            send=self._send,
            control=self.control,
            limit=settings.STREAM_OUTBOX,
            **ways_to_write(self.scope),
        )
        begin_reading(self.scope)
        OPEN_SOCKETS.inc()
        self.standing = Standing(self.socket, session_key)
        get_session_keeper().add(self.standing)
        self._silence = Silence(partial(self.socket.close, CloseCode.SILENT))
        self._gate = FloodGate(now=self._silence.heard_at)

    def _allowed(self, text: str | None) -> bool:
        """Whether the rate allows one more frame. If not, it is refused, and a flood is closed."""
        match self._gate.judge(now=self._silence.heard_at):
            case Verdict.TAKEN:
                return True
            case Verdict.REFUSED:
                # The answer names the frame, so that the client knows what to send again.
                named = {} if text is None else self.echo(text)
                self.socket.post(error_message(Refused(ErrorCode.RATE_LIMITED), **named))
            case Verdict.FLOOD:
                self.socket.close(CloseCode.TOO_MANY)
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
        """Do what waited in a lane, unless the connection was closed, and answer it."""
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
            self.socket.close(CloseCode.FAILED)

    def _hopeless_after(self, error: DatabaseError, job: Job) -> list[Job]:
        """The waiting jobs that would only wait as long as this one to be refused as well: those
        behind it if a row stayed locked, and all if the database can't be reached."""
        if is_held(error):
            return self.lanes.take_waiting([job.lane])
        return self.lanes.take_waiting() if isinstance(error, AWAY) else []

    def _answer_refused(self, refused: Refused, text: str) -> None:
        self.socket.post(error_message(refused, **self.echo(text)))

    async def _refuse(self, code: int) -> None:
        if self._socket is not None:
            self._socket.close(code)
        else:
            await close_with(self._send, code)

    async def _end(self) -> None:
        """Clean up. Every connection ends here, whatever ended it."""
        self._is_gone = True
        if self._socket is None:
            return
        OPEN_SOCKETS.dec()
        get_session_keeper().remove(self.standing)
        self._silence.stop()
        if self._lanes is not None:
            # Frames that came before the end are carried out.
            await self._lanes.drain()
        await get_fanout().remove(self._socket)
        try:
            await self.closed()
        except DatabaseError as error:
            outages.report(error, "a connection was not closed: the keeper settles it")


def _is_meant_for(user_id: int, query_string: bytes) -> bool:
    """Whether the client expects to be this user, or does not say. The tabs of a browser share one
    cookie, so the session may not be that of the page's user."""
    expected = parse_qs(query_string.decode("utf-8", "replace")).get("user")
    return expected is None or expected == [str(user_id)]
