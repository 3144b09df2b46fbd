"""A client that keeps to no rule: it says what it likes, and reads only when told to."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping

TEXT = 0x1
CONTINUATION = 0x0
SILENCE = 2.0
"""Seconds without a byte after which a connection is taken to be open."""

PATIENCE = 60.0
"""Seconds within which the server must say something where it has to."""


class RawClient:
    """One connection, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def opens(cls, port: int, headers: Mapping[str, str], query: str = "") -> RawClient:
        """Shake hands. Raises ``ConnectionError`` if the server will not."""
        narrow = socket.socket()
        # What is not read shall wait at the server, not in this machine's buffers.
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=narrow, limit=2**16)
        lines = [
            f"GET /ws/chat/{query} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n", 1)[0]:
            writer.transport.abort()
            raise ConnectionRefusedError(answer.decode("latin-1"))
        # Nothing more is read from the kernel than what is asked for.
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        return cls(reader, writer)

    async def says(self, payload: bytes, *, opcode: int = TEXT, is_last: bool = True) -> bool:
        """Send a frame, or a fragment; whether the server still takes it."""
        first = bytes([(0x80 if is_last else 0) | opcode])
        size = len(payload)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 2**16:
            length = bytes([0xFE]) + size.to_bytes(2, "big")
        else:
            length = bytes([0xFF]) + size.to_bytes(8, "big")
        # Masked with zeros, a payload is as it was.
        self._writer.write(first + length + bytes(4) + payload)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._writer.drain()
        except OSError:
            return False
        return not self._writer.is_closing()

    async def ended_by_now(self) -> str:
        """Read all that waits; the code of the close frame, 1006 for an end without one, or
        "open"."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        last = b""
        try:
            while data := await asyncio.wait_for(self._reader.read(2**16), SILENCE):
                last = (last + data)[-200:]
        except TimeoutError:
            return "open"
        except OSError:
            pass
        place = last.rfind(b"\x88")
        return str(int.from_bytes(last[place + 2 : place + 4], "big")) if place >= 0 else "1006"

    def leaves(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()


async def opened(
    port: int, headers: Mapping[str, str], query: str, *, count: int
) -> list[RawClient]:
    """Many at once; those that the server let shake hands."""
    turns = asyncio.Semaphore(50)

    async def one() -> RawClient | None:
        async with turns:
            try:
                return await RawClient.opens(port, headers, query)
            except (OSError, asyncio.IncompleteReadError):
                return None

    made = await asyncio.gather(*(one() for _ in range(count)))
    return [client for client in made if client is not None]


def noise(size: int) -> bytes:
    """Text that no compression makes small."""
    return os.urandom(size // 2).hex().encode()
