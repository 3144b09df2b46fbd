"""uvicorn's WebSocket protocol, with a way to send one frame to many for the price of its bytes.

    uvicorn chatsite.asgi:application --ws chatsite.realtime.ws_protocol:BroadcastProtocol

A fan-out sends the same frame to everybody. Through ASGI's ``send`` the server builds it anew for
each of them, which costs more than to write it. This protocol offers an ASGI extension instead, a
function that writes a frame which is built already. Without it (daphne, other protocols of
uvicorn) everything works the same, by ``send``.
"""

from __future__ import annotations

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from chatsite.realtime.frames import WRITE_EXTENSION


class BroadcastProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def handle_connect(self, event: Request) -> None:
        """Offer the extension, unless frames are compressed for each connection apart."""
        super().handle_connect(event)
        if self.response.status_code == 101 and not self.conn.extensions:
            self.scope["extensions"][WRITE_EXTENSION] = {"write": self.write}

    async def send(self, message: ASGISendEvent) -> None:
        """Once the handshake is over, forget what it was about: it is a tenth of a connection."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            del self.request, self.response

    def write(self, frame: bytes) -> bool:
        """Write a whole frame. ``False``: it would have to wait, or the connection is ending;
        ``send`` knows what to do then."""
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
