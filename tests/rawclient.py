"""A WebSocket client that keeps to no rule but those of the wire, and answers nothing."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping

TEXT, CONTINUATION, CLOSE, PING, PONG = 1, 0, 8, 9, 10

COMPRESSED = 0x40
"""Added to an opcode: the payload is deflated, as was agreed by ``Sec-WebSocket-Extensions``."""


def frame_of(opcode: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """The bytes of a frame of at most 65,535. The mask is of zeros, and changes nothing."""
    head = struct.pack("!BB", opcode | 0x80 * is_last, 0x80 | min(len(payload), 126))
    if len(payload) >= 126:
        head += struct.pack("!H", len(payload))
    return head + bytes(4) + payload


class RawClient:
    """One connection, once ``opened``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def opened(
        cls,
        port: int,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        *,
        reads: bool = True,
    ) -> RawClient:
        """Shake hands with a server of this machine. A client that does not read leaves what it
        is sent to the server, but for a few kilobytes."""
        narrow = socket.socket()
        if not reads:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=narrow)
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        status = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in status, status
        if not reads:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
        return cls(reader, writer)

    async def hears(self, text: bytes) -> None:
        """Read until a frame has this in it, and nothing more."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        while text not in (await self._frame())[1]:
            pass
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def sends(self, opcode: int, payload: bytes, *, is_last: bool = True) -> None:
        """Send a frame, and wait until this machine took it, or the server has hung up."""
        await self.sends_bytes(frame_of(opcode, payload, is_last=is_last))

    async def sends_bytes(self, wire: bytes) -> None:
        """Send frames, or what is none, and wait as ``sends`` does."""
        if self._writer.is_closing():
            return
        try:
            self._writer.write(wire)
            await self._writer.drain()
        except ConnectionError:
            return

    async def sends_without_end(self, *, fragments: int, size: int) -> None:
        """Begin a message, and send so many fragments of it."""
        for number in range(fragments):
            opcode = TEXT if number == 0 else CONTINUATION
            await self.sends(opcode, b"a" * size, is_last=False)

    async def close_code(self) -> int:
        """By which code the server closes; 1006, if it cuts the connection. Then hang up."""
        code, _ = await self.hears_the_end()
        return code

    async def hears_the_end(self) -> tuple[int, list[int]]:
        """The same, and the opcodes of all frames that came before."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        heard: list[int] = []
        try:
            while True:
                opcode, payload = await self._frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2]), heard
                heard.append(opcode)
        except (ConnectionError, asyncio.IncompleteReadError):
            return 1006, heard
        finally:
            self.hangs_up()

    def hangs_up(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, size = await self._reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
        return first & 0x0F, await self._reader.readexactly(size)
