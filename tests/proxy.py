"""A stretch of network between a client and a server, which can fail in all the usual ways."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import TracebackType


class Proxy:
    """Passes TCP on to a port of this machine, on the loop of the story.

    >>> async with Proxy(server.port) as proxy:
    ...     proxy.stalls()
    """

    def __init__(self, target: int, *, tls: ssl.SSLContext | None = None) -> None:
        """With ``tls`` clients must speak it, and the server need not."""
        self.port = 0
        """Where it listens, once entered."""
        self._target = target
        self._tls = tls
        self._flows = asyncio.Event()
        self._flows.set()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._passes, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)
        await self._server.wait_closed()

    def stalls(self) -> None:
        """Nothing comes through any more, and nobody is told: a half-open connection."""
        self._flows.clear()

    def flows(self) -> None:
        """What was held comes through, in order."""
        self._flows.set()

    def cut(self) -> None:
        """All connections break, and no new ones are let through."""
        self._is_cut = True
        self._flows.set()
        for writer in self._writers:
            writer.transport.abort()

    def mends(self) -> None:
        """New connections are let through again."""
        self._is_cut = False

    def leads_to(self, target: int) -> None:
        """New connections lead to another port, as an address does after a fail-over. Those that
        are open stay where they are."""
        self._target = target

    async def _passes(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        passing = asyncio.current_task()
        assert passing is not None, "asyncio runs this in a task"
        self._passing.add(passing)
        self._writers.add(back)
        try:
            await self._flows.wait()
            narrow = None if self._is_cut else await self._narrow_socket()
            if narrow is None:
                return
            far, on = await asyncio.open_connection(sock=narrow)
            self._writers.add(on)
            try:
                await asyncio.gather(self._pumps(near, on), self._pumps(far, back))
            finally:
                self._writers.discard(on)
                on.transport.abort()
        finally:
            self._passing.discard(passing)
            self._writers.discard(back)
            back.transport.abort()

    async def _narrow_socket(self) -> socket.socket | None:
        """Connected, with room for little, so that a stall reaches the server's own buffers;
        ``None`` if nobody listens there now."""
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", self._target))
        except OSError:
            narrow.close()
            return None
        return narrow

    async def _pumps(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """One way of a connection. Its end is the end of the other way too."""
        try:
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        await self._flows.wait()
        sink.close()
