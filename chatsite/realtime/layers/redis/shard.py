"""One Redis server as seen from one event loop: what is published, and what is subscribed to."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from channels_redis.pubsub import RedisSingleShardConnection
from redis.asyncio.sentinel import MasterNotFoundError, SentinelConnectionPool
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from chatsite.realtime.layers.base import SubscriptionWatcher
from chatsite.realtime.layers.redis.causes import NotHeard, NotMaster
from chatsite.realtime.layers.redis.masters import (
    connect_to_master,
    require_leads_to,
    require_master,
)
from chatsite.realtime.layers.redis.server import RECOVERY_INTERVAL, Server
from chatsite.realtime.layers.redis.subscription import Subscription
from chatsite.realtime.layers.redis.unproven import Unproven

T = TypeVar("T")

logger = logging.getLogger(__name__)

PUBLISH_ALL = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"
"""One command for many publishes costs a sixth of as many commands in a pipeline."""

SCRIPT_LIMIT = 500
"""Publishes in one command: Redis does nothing else for about a millisecond."""

ANSWER_TIMEOUT = 2.0
"""Seconds within which Redis must do what it is asked, reconnecting included."""

BEAT_INTERVAL = 2.0
"""Seconds between looks whether the server is still the master, and brings what is published."""

ECHO_TIMEOUT = 10.0
"""Seconds for what a process publishes to come back to it: behind all that came before."""

Message = tuple[str, bytes]
"""A Redis channel, and what is published to it."""


Lost = Callable[[Sequence[str]], Sequence[Message]]
"""What tells those who subscribe to these Redis channels that they may have missed something."""


class Shard(RedisSingleShardConnection):  # type: ignore[misc]
    """What a fan-out, or a moment's event loop, has of a server.

    All that goes wrong is told to the ``Server``, and raised as its ``RedisDown``.
    """

    def __init__(self, host: Mapping[str, Any], layer: Any, server: Server, lost: Lost) -> None:
        super().__init__({**host, "redis_connect_func": self._connected}, layer)
        self.server = server
        self._lost = lost
        self._watchers: list[SubscriptionWatcher] = []
        self._beating: asyncio.Task[None] | None = None
        self._echo_channel = f"{layer.prefix}__echo__{secrets.token_hex(8)}"
        self._echoes: dict[bytes, asyncio.Future[None]] = {}
        """What was published to be heard again, and who waits for it."""
        self._unproven = Unproven()
        self._is_break_known = False
        """Whether it was said already why the subscription is made anew."""

    def watch(self, watcher: SubscriptionWatcher) -> None:
        """Tell of interruptions, and look every few seconds for those of which nobody tells."""
        self._watchers.append(watcher)
        if self._beating is None:
            self._beating = asyncio.get_running_loop().create_task(self._keep_beating())

    async def publish(self, channel: str, message: bytes) -> None:
        await self.publish_all([(channel, message)])

    async def publish_all(self, messages: Sequence[Message]) -> None:
        """Publish each. Raises ``RedisDown``."""
        channels = [channel for channel, _ in messages]
        await self._attempt(self._publish_all, messages, unheard=channels)
        if self._beating is not None:
            self._unproven.add(channels)

    async def subscribe(self, channel: str) -> None:
        await self.subscribe_all([channel])

    async def unsubscribe(self, channel: str) -> None:
        await self.unsubscribe_all([channel])

    async def subscribe_all(self, channels: Sequence[str]) -> None:
        """Subscribe to each Redis channel, and wait for the word that it is so."""
        self.server.is_heard = True
        await self._attempt(self._subscribe_all, channels)

    async def unsubscribe_all(self, channels: Sequence[str]) -> None:
        """End the subscription to each Redis channel."""
        await self._attempt(self._unsubscribe_all, channels)

    async def check(self) -> None:
        """Raises ``RedisDown`` unless the server is the master, takes what is published, and may
        be subscribed to: before anybody has connected, too."""
        await self._attempt(self._require_master, None)
        await self.subscribe_all([self._echo_channel])
        await self.publish(self._echo_channel, b"")

    @property
    def pool(self) -> Any:
        """The connections of what was asked of the server last."""
        return self._redis.connection_pool

    async def heal(self, messages: Sequence[Message]) -> None:
        """Do all that this process needs, though the server is known to be away: be led to the
        master, hear what is published, and publish. Raises ``RedisError`` and ``OSError``."""
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await self._require_master(None)
            if self.server.is_heard:
                await self._subscribe_all([self._echo_channel])
                await self._hear_echo()
            else:
                await self._publish_all([(self._echo_channel, b"")])
            await self._publish_all(messages)

    async def flush(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
            self._beating = None
        pool = self._redis and self._redis.connection_pool
        await super().flush()
        if isinstance(pool, SentinelConnectionPool):
            await pool.sentinel_manager.aclose()

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = Subscription(self._redis.connection_pool)
            self._pubsub.interrupted = self._interrupted
            self._pubsub.restored = self._restored

    def _interrupted(self) -> None:
        if not self._is_break_known:
            self.server.connected_anew()
        for watcher in self._watchers:
            watcher.interrupted(self)

    def _restored(self) -> None:
        self._is_break_known = False
        for watcher in self._watchers:
            watcher.restored(self)

    async def _attempt(
        self,
        work: Callable[[T], Awaitable[None]],
        argument: T,
        *,
        unheard: Sequence[str] = (),
    ) -> None:
        """Do it in time or fail; and fail at once while the server is known to be away."""
        try:
            self.server.require()
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await work(argument)
        except (RedisError, OSError) as error:
            raise self.server.failed(error, unheard) from error

    async def _subscribe_all(self, channels: Sequence[str]) -> None:
        async with self._lock:
            self._ensure_redis()
            self._ensure_receiver()
            confirmed = [self._pubsub.confirmed(channel) for channel in channels]
            await self._pubsub.subscribe(*channels)
            self._subscribed_to.update(channels)
        await asyncio.gather(*confirmed)

    async def _unsubscribe_all(self, channels: Sequence[str]) -> None:
        async with self._lock:
            gone = [channel for channel in channels if channel in self._subscribed_to]
            if gone:
                self._ensure_redis()
                await self._pubsub.unsubscribe(*gone)
                self._subscribed_to.difference_update(gone)

    async def _publish_all(self, messages: Sequence[Message]) -> None:
        async with self._lock:
            self._ensure_redis()
            for start in range(0, len(messages), SCRIPT_LIMIT):
                await self._publish_some(messages[start : start + SCRIPT_LIMIT])

    async def _publish_some(self, messages: Sequence[Message]) -> None:
        if len(messages) == 1:
            await self._redis.publish(*messages[0])
        elif not (self.server.may_eval and await self._publish_by_script(messages)):
            pipeline = self._redis.pipeline(transaction=False)
            for message in messages:
                pipeline.publish(*message)
            await pipeline.execute()

    async def _publish_by_script(self, messages: Sequence[Message]) -> bool:
        """Whether the server ran the script. Where it may not, it has published none of them."""
        arguments = (text for pair in messages for text in pair)
        try:
            await self._redis.eval(PUBLISH_ALL, 0, *arguments)
        except ResponseError as error:
            if not isinstance(error, NoPermissionError) and "unknown command" not in str(error):
                raise
            self.server.eval_refused(error)
            return False
        return True

    async def _keep_beating(self) -> None:
        """Notice what breaks no connection: a master that has become a replica, or has another
        in its place and does not know it yet."""
        while True:
            await asyncio.sleep(BEAT_INTERVAL)
            self._unproven.begin_proof()
            try:
                await self._beat()
                self._unproven.end_proof()
                await self._tell_doubtful()
            except (NotMaster, NotHeard) as error:
                self.server.failed(error, self._unproven.take_all())
                await self._connect_anew()
            except (RedisError, OSError) as error:
                # What is away shows at its next use, and a process that was busy has no proof.
                logger.debug("no proof that Redis at %s leads: %r", self.server.name, error)

    async def _beat(self) -> None:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await self._require_master(None)
            if self._echo_channel not in self._subscribed_to:
                await self._subscribe_all([self._echo_channel])
        try:
            await self._require_the_sentinels_master()
        except (MasterNotFoundError, TimeoutError):
            # Without their word nothing is proven, but what is lost must be noticed all the same.
            await self._hear_echo()
            raise
        await self._hear_echo()

    async def _tell_doubtful(self) -> None:
        """Whoever a publish by a former connection did not reach reads its state anew."""
        doubtful = self._unproven.take_doubtful()
        if doubtful:
            await self.publish_all(self._lost(sorted(doubtful)))

    async def _connected(self, connection: Any) -> None:
        """What is done on each new connection. A publishing one may lead to another server than
        the one before it did, so no beat can prove any more that the master took what that one
        published."""
        await connect_to_master(connection)
        if connection is not self._pubsub.connection:
            self._unproven.doubt()

    async def _require_master(self, _: None) -> None:
        async with self._lock:
            self._ensure_redis()
            require_master(await self._redis.execute_command("HELLO"))

    async def _require_the_sentinels_master(self) -> None:
        pool = self._redis.connection_pool
        has_sentinels = isinstance(pool, SentinelConnectionPool)
        if has_sentinels:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                # Without the lock: whoever publishes need not wait for a Sentinel.
                master = await pool.sentinel_manager.discover_master(pool.service_name)
                async with self._lock:
                    publishing = await pool.get_connection()
                    await pool.release(publishing)
            require_leads_to(master, publishing, self._pubsub.connection)

    async def _hear_echo(self) -> None:
        """Publish something and wait until it has come. Raises ``NotHeard``."""
        token = secrets.token_bytes(8)
        echo = self._echoes[token] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._publish_all([(self._echo_channel, token)])
            await _in_time(echo)
        finally:
            del self._echoes[token]

    async def _connect_anew(self) -> None:
        """Break all connections, so that the next use finds where the master is now."""
        await self._redis.connection_pool.disconnect(inuse_connections=False)
        connection: Any = self._pubsub.connection
        if connection is not None:
            self._is_break_known = True
            # Not waited for, because the receiver is reading from it.
            await connection.disconnect(nowait=True)

    async def _do_receiving(self) -> None:
        while True:
            try:
                await self._receive_next()
            except (RedisError, OSError) as error:
                self._pubsub.refuse(error)
                self._is_break_known = True
                self.server.failed(error)
                await asyncio.sleep(RECOVERY_INTERVAL)
            except Exception:
                # One bad message must not silence the process.
                logger.exception("what Redis brought could not be taken in")
                await asyncio.sleep(RECOVERY_INTERVAL)

    async def _receive_next(self) -> None:
        if self._redis is None or not self._pubsub.subscribed:
            await asyncio.sleep(0.1)
            return
        message = await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=0.1)
        if message is not None and message["channel"] == self._echo_channel.encode():
            echo = self._echoes.get(message["data"])
            if echo is not None and not echo.done():
                echo.set_result(None)
            return
        self._receive_message(message)


async def _in_time(echo: asyncio.Future[None]) -> None:
    try:
        async with asyncio.timeout(ECHO_TIMEOUT):
            await echo
    except TimeoutError as error:
        raise NotHeard from error
