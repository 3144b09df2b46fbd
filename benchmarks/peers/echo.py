"""Nothing but sockets: hands each frame to everybody else. What the load can take at most.

python -m benchmarks.peers.echo PORT
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server


class Everybody(WSListener):
    """One of the sockets."""

    def __init__(self, transports: set[WSTransport]) -> None:
        self.transports = transports

    def on_ws_connected(self, transport: WSTransport) -> None:
        """One more gets what others say."""
        self.transports.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand it on as it is."""
        if frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            for other in self.transports:
                if other is not transport:
                    other.send(WSMsgType.TEXT, text)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """It is gone."""
        self.transports.discard(transport)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    transports: set[WSTransport] = set()

    def listener(request: WSUpgradeRequest) -> WSListener:
        return Everybody(transports)

    server = await ws_create_server(listener, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
