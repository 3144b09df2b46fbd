"""One port for those who speak TLS and those who do not, as Redis itself never has."""

from __future__ import annotations

import asyncio
from types import TracebackType

HANDSHAKE = b"\x16"
"""The first byte of whoever speaks TLS."""


class TLSDoor:
    """Passes TCP on to one of two ports of this machine, by the first byte that comes.

    A Sentinel tells clients the address at which it knows the master itself. The one of the tests
    speaks no TLS, and its clients do.
    """

    def __init__(self, *, plain: int, encrypted: int) -> None:
        self.port = 0
        """Where it listens, once entered."""
        self._plain = plain
        self._encrypted = encrypted
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> TLSDoor:
        self._server = await asyncio.start_server(self._passes, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _passes(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        task = asyncio.current_task()
        assert task is not None, "a server serves each connection in a task"
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        try:
            first = await near.read(65536)
            port = self._encrypted if first.startswith(HANDSHAKE) else self._plain
            far, on = await asyncio.open_connection("127.0.0.1", port)
            on.write(first)
            try:
                await asyncio.gather(_pumps(near, on), _pumps(far, back))
            finally:
                on.transport.abort()
        except OSError:
            pass
        finally:
            back.transport.abort()


async def _pumps(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """One way of a connection. Its end is the end of the other way too."""
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
