"""What ``ws_protocol`` has read, until the application takes it."""

from __future__ import annotations

import asyncio

from uvicorn._types import ASGIReceiveEvent


class Inbox:
    """What came in for the application, its only reader: as much of an ``asyncio.Queue`` as is
    used here, at a tenth of its memory."""

    __slots__ = ("_arrival", "_limit", "_messages")

    def __init__(self, *, limit: int) -> None:
        """Of what clients send, so many are held. One read may bring thousands of tiny ones."""
        self._limit = limit
        self._messages: list[ASGIReceiveEvent] = []
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        """Add one, unless too many of its kind are there; never waits."""
        if message["type"] == "websocket.receive" and len(self._messages) >= self._limit:
            return
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
