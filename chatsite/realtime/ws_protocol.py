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

WRITE_BUFFER = 16 * 1024
"""Bytes that a connection may hold here before whoever writes has to wait: enough for what is live.
What is long, such as a catch-up, is only written once there is hardly anything left."""

UNSENT = 64 * 1024
"""Bytes that the system may hold which are not on their way yet. By itself it takes megabytes for a
client that does not read, and so hides for long that it does not."""

SECOND_LOOK = 1.0
"""Seconds after which a client whose pong is late is given up."""


class BroadcastProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # More than it may send at once and be forgiven is not looked at: it is closed for that.
        self.queue: Any = Inbox(limit=2 * settings.STREAM_BURST + 1)
        # websockets looks at it when a fragment begins, before it gathers the payload, and while it
        # inflates one. Whatever the command says, the limit of the site holds.
        self.conn.max_message_size = settings.STREAM_MAX_FRAME
        self.frames: list[Any] = []
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

    def data_received(self, data: bytes) -> None:
        """Read, unless the client broke the rules already."""
        self._has_heard = True
        if self.conn.parser_exc is None:
            super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        """Offer the extensions: to write, unless frames are compressed for each connection apart;
        and to read, since nothing is read of a client before the application knows who it is."""
        super().handle_connect(event)
        if self.response.status_code != 101:
            return
        self.read_paused = True
        self.transport.pause_reading()
        self.scope["extensions"][READ_EXTENSION] = {"begin": self.read_on}
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
        self.frames = []
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.read_on()
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    async def receive(self) -> ASGIReceiveEvent:
        """The next message. When there is none, the client may send more."""
        if self.queue.empty():
            self.read_on()
        message: ASGIReceiveEvent = await self.queue.get()
        return message

    def read_on(self) -> None:
        """Read what the client sends."""
        if self.read_paused:
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
