"""Sockets that could not join a group because the channel layer was unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.socket import Socket

RETRY = 0.5
"""Seconds between attempts, which are cheap while the layer is known to be unavailable."""


class Latecomers:
    """Tries until the groups of these sockets are subscribed to. Then the sockets read their state
    again, since other processes may have published to their groups before that."""

    def __init__(
        self,
        *,
        subscribe: Callable[[set[str]], Awaitable[None]],
        renew: Callable[[Iterable[Socket]], None],
    ) -> None:
        """``subscribe`` raises ``LayerUnavailable``."""
        self._subscribe = subscribe
        self._renew = renew
        self._waiting: dict[Socket, None] = {}
        self._trying: asyncio.Task[None] | None = None

    def add(self, socket: Socket) -> None:
        """Subscribe to all of the socket's groups as soon as that is possible."""
        self._waiting[socket] = None
        if self._trying is None or self._trying.done():
            self._trying = asyncio.get_running_loop().create_task(self._try())

    async def stop(self) -> None:
        """Stop trying."""
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)

    async def _try(self) -> None:
        while self._waiting:
            await asyncio.sleep(RETRY)
            waiting, self._waiting = self._waiting, {}
            sockets = [socket for socket in waiting if not socket.closed]
            try:
                await self._subscribe({group for socket in sockets for group in socket.groups})
            except LayerUnavailable:
                self._waiting |= dict.fromkeys(sockets)
            else:
                self._renew(sockets)
