"""uvicorn's WebSocket protocol, with a way to send one frame to many for the price of its bytes,
and with the site's limits for what a client makes it hold.

    uvicorn chatsite.asgi:application --ws chatsite.realtime.ws_protocol:BroadcastProtocol

A fan-out sends the same frame to everybody. Through ASGI's ``send`` the server builds it anew for
each of them, which costs more than to write it. This protocol offers an ASGI extension instead, a
function that writes a frame which is built already. Without it (daphne, other protocols of
uvicorn) everything works the same, by ``send``.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio.transports import BaseTransport
from typing import Any, cast

from django.conf import settings
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from chatsite.realtime.frames import READ_EXTENSION, WRITE_EXTENSION
from chatsite.realtime.ws_inbox import Inbox
from chatsite.realtime.ws_parser import CountingParser

WRITE_BUFFER = 16 * 1024
"""Bytes that a connection may hold here before whoever writes has to wait: enough for what is live.
What is long, such as a catch-up, is only written once there is hardly anything left."""

UNSENT = 64 * 1024
"""Bytes that the system may hold which are not on their way yet. By itself it takes megabytes for a
client that does not read, and so hides for long that it does not."""

PIECE = 1024
"""Bytes that are parsed in one go: at most 170 frames. One read may bring 256 KB of them."""

TURN = 32
"""Frames after which the loop serves others, before it parses the next piece. A large frame, which
comes in many pieces, is read in one turn."""

SECOND_LOOK = 1.0
"""Seconds after which a client whose pong is late is given up."""


class BroadcastProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    conn: CountingParser

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # More than it may send at once and be forgiven is not looked at: it is closed for that.
        self.queue: Any = Inbox(limit=2 * settings.STREAM_BURST + 1)
        self.conn = CountingParser(
            clock=self.loop.time,
            extensions=self.conn.available_extensions,
            # websockets looks at it when a fragment begins, before it gathers the payload, and
            # while it inflates one. Whatever the command says, the limit of the site holds.
            max_size=settings.STREAM_MAX_FRAME,
            logger=self.conn.logger,
        )
        self.frames: list[Any] = []
        self._unparsed = bytearray()
        """What was read and waits for its turn. While there is any, no more is read."""
        self._turn: asyncio.Handle | None = None
        """When the next of it is parsed."""
        self._is_held = False
        """Whether all that is read waits for ``begin``."""
        self._has_heard = False
        """Whether anything was read since the last ping."""
        self._is_second_look = False
        """Whether the last ping was found unanswered already."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Hold little for a client that does not read."""
        super().connection_made(transport)
        cast(asyncio.WriteTransport, transport).set_write_buffer_limits(high=WRITE_BUFFER)
        line = transport.get_extra_info("socket")
        if line.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Parse nothing more."""
        self._unparsed.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, much in pieces; unless nothing of the client counts any more."""
        self._has_heard = True
        if self.conn.eof_sent:
            return
        if not self.handshake_initiated or (len(data) <= PIECE and not self._has_to_wait()):
            super().data_received(data)
            return
        self._unparsed += data
        self._pause()
        if not self._is_held:
            self._parse()

    def _has_to_wait(self) -> bool:
        return self._is_held or bool(self._unparsed)

    def _pause(self) -> None:
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _parse(self) -> None:
        """Parse what waits, for one turn of the loop."""
        self._turn = None
        enough = self.conn.frames + TURN
        while self._unparsed and self.conn.frames < enough:
            piece = bytes(self._unparsed[:PIECE])
            del self._unparsed[:PIECE]
            super().data_received(piece)
            if self.conn.eof_sent:
                self._unparsed.clear()
        if self.queue.empty() and not self.transport.is_closing():
            self.read_on()

    def handle_connect(self, event: Request) -> None:
        """Offer the extensions: to write, unless frames are compressed for each connection apart;
        and to read, since nothing is parsed of a client before the application knows who it is."""
        super().handle_connect(event)
        if self.response.status_code != 101:
            return
        self._pause()
        self.scope["extensions"][READ_EXTENSION] = {"hold": self.hold, "begin": self.begin}
        if not self.conn.extensions:
            self.scope["extensions"][WRITE_EXTENSION] = {
                "write": self.write,
                "flushed": self.writable.wait,
            }

    def handle_events(self) -> None:
        """Answer a request whose line or header is too long, too: websockets knows what to say to
        it, and uvicorn would let its client wait for ever."""
        super().handle_events()
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        """Join fragments as they come. Held apart, even empty ones would take memory, and there may
        be any number of them."""
        if not self.close_sent:
            gathered = self.frames[0]
            if not isinstance(gathered, bytearray):
                gathered = bytearray(gathered)
            gathered += event.data
            self.frames = [gathered]
        if event.fin:
            self.send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer, unless the client does not read the answers: they would pile up."""
        answers = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(answers)

    def handle_parser_exception(self) -> None:
        """Say by which code the connection ends, and let go of what was gathered. What still comes
        is read and dropped for a while: to close with bytes unread would reset the connection, and
        the client would not learn the code."""
        closing = self.conn.close_sent
        assert closing is not None, "whoever breaks the rules is told so"
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": closing.code, "reason": closing.reason}
        )
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._drop_the_rest()

    def _drop_the_rest(self) -> None:
        """Let go of what came, and read what still comes without a look at it. A client that is
        told the end of the stream has no reason to wait for more than the code."""
        self.frames = []
        self._unparsed.clear()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.read_on()
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def handle_close(self, event: Frame) -> None:
        """End, and do not wait for ever until the client has read what was written before."""
        super().handle_close(event)
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.close_timeout, self.transport.abort)

    async def receive(self) -> ASGIReceiveEvent:
        """The next message. When there is none, the client may send more."""
        if self.queue.empty():
            self.read_on()
        message: ASGIReceiveEvent = await self.queue.get()
        return message

    def hold(self) -> None:
        """Parse nothing until ``begin``. One read is kept until then: as long as there is none,
        it shows when the client leaves."""
        self._is_held = True

    def begin(self) -> None:
        """Take in what the client has sent."""
        self._is_held = False
        self.read_on()

    def read_on(self) -> None:
        """Parse what was read; once that is done, read more."""
        if self._unparsed:
            self._pause()
            if self._turn is None and not self._is_held:
                self._turn = self.loop.call_soon(self._parse)
        elif self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def send(self, message: ASGISendEvent) -> None:
        """Once the handshake is over, forget what it was about: it is a tenth of a connection."""
        if message["type"] == "websocket.close" and self.transport.get_write_buffer_size():
            # The close waits for a client that does not read, which need not ever read again. The
            # application need not wait with it: nothing more is sent.
            self.loop.call_later(self.close_timeout, self.transport.abort)
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.close":
            self._is_held = False
            if self._unparsed and not self.transport.is_closing():
                # It sent more than was asked for. The close frame is written, so this only ends
                # the parsing.
                self.conn.fail(1000)
                self._drop_the_rest()
        if message["type"] == "websocket.accept":
            # The parser holds the request, too.
            self.request.headers.clear()
            del self.request, self.response

    def send_keepalive_ping(self) -> None:
        """Ask whether the client is there."""
        self._has_heard = self._is_second_look = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """No pong came. A client of which anything came is there all the same. A process that was
        stopped finds its timers due before it has read what came meanwhile: it reads that first,
        and looks again.

        A transport that is closed first writes what it holds, which a client that does not read
        could put off for ever."""
        if self._has_heard:
            self.pong_timer = None
            self.schedule_ping()
            return
        if not self._is_second_look:
            self._is_second_look = True
            self.pong_timer = self.loop.call_later(SECOND_LOOK, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def write(self, frame: bytes) -> bool:
        """Write a whole frame. ``False``: it would have to wait, or the connection is ending;
        ``send`` knows what to do then."""
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
