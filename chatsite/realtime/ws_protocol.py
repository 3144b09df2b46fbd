"""uvicorn's WebSocket protocol, with a way to send one frame to many for the price of its bytes.

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

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from chatsite.realtime.frames import WRITE_EXTENSION

WRITE_BUFFER = 16 * 1024
"""Bytes that a connection may hold here before whoever writes has to wait: enough for what is live.
What is long, such as a catch-up, is only written once there is hardly anything left."""

UNSENT = 64 * 1024
"""Bytes that the system may hold which are not on their way yet. By itself it takes megabytes for a
client that does not read, and so hides for long that it does not."""


class BroadcastProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue: Any = Inbox()

    def connection_made(self, transport: BaseTransport) -> None:
        """Hold little for a client that does not read."""
        super().connection_made(transport)
        cast(asyncio.WriteTransport, transport).set_write_buffer_limits(high=WRITE_BUFFER)
        line = transport.get_extra_info("socket")
        if line.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)

    def handle_connect(self, event: Request) -> None:
        """Offer the extension, unless frames are compressed for each connection apart."""
        super().handle_connect(event)
        if self.response.status_code == 101 and not self.conn.extensions:
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

    async def send(self, message: ASGISendEvent) -> None:
        """Once the handshake is over, forget what it was about: it is a tenth of a connection."""
        if message["type"] == "websocket.close" and self.transport.get_write_buffer_size():
            # The close waits for a client that does not read, which need not ever read again.
            self.loop.call_later(self.close_timeout, self.transport.abort)
        await super().send(message)
        if message["type"] == "websocket.accept":
            # The parser holds the request, too.
            self.request.headers.clear()
            del self.request, self.response

    def keepalive_timeout(self) -> None:
        """A transport that is closed first writes what it holds, which a client that does not read
        could put off for ever."""
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


class Inbox:
    """What came in for the application, its only reader: as much of an ``asyncio.Queue`` as is
    used here, at a tenth of its memory."""

    __slots__ = ("_arrival", "_messages")

    def __init__(self) -> None:
        self._messages: list[ASGIReceiveEvent] = []
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        """Add one; never waits."""
        self._messages.append(message)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """The next one, which may be waited for."""
        if not self._messages:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self._messages.pop(0)

    def empty(self) -> bool:
        """Whether there is none."""
        return not self._messages
