"""The connection on which Redis brings what is published, and the word on what it may miss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio.client import PubSub


class Subscription(PubSub):
    """Tells when Redis confirms a channel, and when the connection was lost and made anew."""

    interrupted: Callable[[], None]
    restored: Callable[[], None]
    """Both as in ``SubscriptionWatcher``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unconfirmed: dict[str, asyncio.Future[None]] = {}
        self._interrupted_channels: set[bytes] = set()
        self._connecting = asyncio.Lock()
        self._connects: asyncio.Task[Any] | None = None
        """Who has the lock: what is done on a new connection asks for it once more."""

    def confirmed(self, channel: str) -> asyncio.Future[None]:
        """Done once Redis says that the channel is subscribed to, which is yet to be asked for."""
        future = self._unconfirmed.get(channel)
        if future is None or future.done():
            future = self._unconfirmed[channel] = asyncio.get_running_loop().create_future()
        return future

    def refuse(self, error: BaseException) -> None:
        """Whoever waits for a confirmation waits in vain, for this reason."""
        unconfirmed, self._unconfirmed = self._unconfirmed, {}
        for future in unconfirmed.values():
            if not future.done():
                future.set_exception(error)
                # Nobody may be waiting any more, and then nobody needs to know.
                future.exception()

    async def connect(self) -> None:
        """As ever, while nobody else connects or reads: what is answered then is its own."""
        async with self._alone():
            await super().connect()  # type: ignore[no-untyped-call]

    async def parse_response(self, *args: Any, **kwargs: Any) -> Any:
        """The next answer, once nobody connects."""
        connection: Any = self.connection
        async with self._alone():
            if connection is not None:
                await connection.connect()
        return await super().parse_response(*args, **kwargs)

    async def _reconnect(self, *args: Any, **kwargs: Any) -> None:
        async with self._alone():
            await super()._reconnect(*args, **kwargs)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._connects is asyncio.current_task():
            yield
            return
        async with self._connecting:
            self._connects = asyncio.current_task()
            try:
                yield
            finally:
                self._connects = None

    async def handle_message(self, response: Any, ignore_subscribe_messages: bool = False) -> Any:
        """Take note of confirmations; everything else is as ever."""
        if isinstance(response, list) and response[0] == b"subscribe":
            self._is_confirmed(response[1])
        handle: Callable[..., Awaitable[Any]] = super().handle_message
        return await handle(response, ignore_subscribe_messages)

    async def on_connect(self, connection: Any) -> None:
        """Subscribe again, to everything. Not called for the first connection."""
        self.interrupted()
        self._interrupted_channels = set(self.channels)
        await super().on_connect(connection)
        if not self._interrupted_channels:
            self.restored()

    def _is_confirmed(self, channel: bytes) -> None:
        future = self._unconfirmed.pop(channel.decode(), None)
        if future is not None and not future.done():
            future.set_result(None)
        if channel in self._interrupted_channels:
            self._interrupted_channels.discard(channel)
            if not self._interrupted_channels:
                self.restored()
