"""Channels' layers, with the name of the group stamped on what is sent to it.

A process owns one channel and joins it to many groups, so it must be told which of them a
message was sent to. Whoever sends, by ``publish`` or by a bare ``group_send``, sends through
the configured layer, and so through here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis.exceptions import RedisError

from chatsite.realtime.pubsub import Subscription, SubscriptionWatcher

T = TypeVar("T")

logger = logging.getLogger(__name__)

GROUP_KEY = "group"

LOST = "stream.lost"
"""Control message to a group that may have missed something."""

PUBLISH_ALL = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"
"""One command for many publishes costs a sixth of as many commands in a pipeline."""

SCRIPT_LIMIT = 500
"""Publishes in one command: Redis does nothing else for about a millisecond."""

ANSWER_TIMEOUT = 2.0
"""Seconds within which Redis must do what it is asked, reconnecting included."""

RECOVERY_INTERVAL = 0.5
"""Seconds between looks whether Redis is back."""


class MemoryLayer(InMemoryChannelLayer):
    """One process, no service to install."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group``, all in this process."""
        await super().group_send(group, {**message, GROUP_KEY: group})


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Any number of processes and machines, by Redis' PUBLISH: no queue that fills up unseen.

    While a server is away what is asked of it fails at once, so that nobody waits for each
    event anew. Once it is back, the groups that missed something are told ``LOST``.
    """

    def _get_layer(self) -> Any:
        is_new = asyncio.get_running_loop() not in self._layers
        layer = super()._get_layer()
        if is_new:
            layer._shards = [_Shard(shard.host, layer) for shard in layer._shards]
        return layer

    def watch(self, watcher: SubscriptionWatcher) -> None:
        """Tell ``watcher``, on this event loop, when subscriptions fail and when they are back."""
        for shard in self._get_layer()._shards:
            shard.watchers.append(watcher)

    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_add`` to each, in one round trip. Returns once Redis has confirmed it: what is
        published from then on comes here, whoever publishes it.

        Raises ``RedisError`` or ``OSError``."""
        layer = self._get_layer()
        by_shard: defaultdict[_Shard, list[str]] = defaultdict(list)
        for group in groups:
            name = layer._get_group_channel_name(group)
            layer.groups.setdefault(name, set()).add(channel)
            by_shard[layer._get_shard(name)].append(name)
        await _all([shard.subscribe_all(names) for shard, names in by_shard.items()])

    async def group_discard_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_discard`` from each, with one command. Raises ``RedisError`` or ``OSError``."""
        layer = self._get_layer()
        by_shard: defaultdict[_Shard, list[str]] = defaultdict(list)
        for group in groups:
            name = layer._get_group_channel_name(group)
            members = layer.groups.get(name, set())
            members.discard(channel)
            if not members:
                layer.groups.pop(name, None)
                by_shard[layer._get_shard(name)].append(name)
        await _all([shard.unsubscribe_all(names) for shard, names in by_shard.items()])

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group`` in every process."""
        await self.group_send_many([(group, message)])

    async def group_send_many(self, batch: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """``group_send`` for each (group, message), in order, with few round trips.

        Raises what one of the servers raised, after the others had their part.
        """
        layer = self._get_layer()
        by_shard: defaultdict[_Shard, list[tuple[str, bytes]]] = defaultdict(list)
        for group, message in batch:
            channel = layer._get_group_channel_name(group)
            encoded = self.serialize({**message, GROUP_KEY: group})
            by_shard[layer._get_shard(channel)].append((channel, encoded))
        await _all([shard.publish_all(messages) for shard, messages in by_shard.items()])


async def _all(work: Sequence[Awaitable[None]]) -> None:
    """Wait for all servers; raises what one of them raised, after the others had their part."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


class _Shard(RedisSingleShardConnection):  # type: ignore[misc]
    """One Redis server, as seen from one event loop."""

    def __init__(self, host: Any, layer: Any) -> None:
        super().__init__(host, layer)
        self.watchers: list[SubscriptionWatcher] = []
        self._unheard: set[str] = set()
        """Redis channels that missed something while the server was away."""
        self._recovery: asyncio.Task[None] | None = None
        """Runs while the server is away."""

    async def publish_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish each (Redis channel, message). Raises ``RedisError`` or ``OSError``."""
        try:
            await self._attempt(self._publish_all, messages)
        except (RedisError, OSError):
            self._unheard.update(channel for channel, _ in messages)
            raise

    async def subscribe(self, channel: str) -> None:
        await self._attempt(self._subscribe_all, [channel])

    async def unsubscribe(self, channel: str) -> None:
        await self._attempt(self._unsubscribe_all, [channel])

    async def subscribe_all(self, channels: Sequence[str]) -> None:
        """Subscribe to each Redis channel, and wait for the word that it is so."""
        await self._attempt(self._subscribe_all, channels)

    async def unsubscribe_all(self, channels: Sequence[str]) -> None:
        """End the subscription to each Redis channel."""
        await self._attempt(self._unsubscribe_all, channels)

    async def flush(self) -> None:
        if self._recovery is not None:
            self._recovery.cancel()
        await super().flush()

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = Subscription(self._redis.connection_pool)
            self._pubsub.interrupted = self._interrupted
            self._pubsub.restored = self._restored

    def _interrupted(self) -> None:
        for watcher in self.watchers:
            watcher.interrupted(self)

    def _restored(self) -> None:
        for watcher in self.watchers:
            watcher.restored(self)

    async def _attempt(self, work: Callable[[T], Awaitable[None]], argument: T) -> None:
        """Do it in time or fail; and fail at once while the server is known to be away."""
        if self._recovery is not None and not self._recovery.done():
            raise RedisDown(f"Redis at {self.host['address']} is away")
        try:
            await self._in_time(work(argument))
        except (RedisError, OSError):
            self._recover_soon()
            raise

    async def _in_time(self, work: Awaitable[None]) -> None:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await work

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

    async def _publish_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        async with self._lock:
            self._ensure_redis()
            if len(messages) == 1:
                await self._redis.publish(*messages[0])
                return
            for start in range(0, len(messages), SCRIPT_LIMIT):
                part = messages[start : start + SCRIPT_LIMIT]
                await self._redis.eval(PUBLISH_ALL, 0, *(text for pair in part for text in pair))

    def _recover_soon(self) -> None:
        if self._recovery is None or self._recovery.done():
            logger.error("Redis at %s is away", self.host["address"])
            self._recovery = asyncio.get_running_loop().create_task(self._recover())

    async def _recover(self) -> None:
        """Wait for the server, then let those look who missed something."""
        is_back = False
        while self._unheard or not is_back:
            await asyncio.sleep(RECOVERY_INTERVAL)
            unheard = list(self._unheard)
            try:
                await self._in_time(self._tell_of_loss(unheard))
            except (RedisError, OSError) as error:
                logger.debug("still away: %r", error)
            else:
                self._unheard.difference_update(unheard)
                is_back = True
        logger.warning("Redis at %s is back", self.host["address"])

    async def _tell_of_loss(self, channels: Sequence[str]) -> None:
        lost = {"type": "stream.events", "events": [], "control": {"type": LOST}}
        prefix = self.channel_layer._get_group_channel_name("")
        serialize = self.channel_layer.channel_layer.serialize
        async with self._lock:
            self._ensure_redis()
            await self._redis.ping()
        await self._publish_all(
            [
                (channel, serialize({**lost, GROUP_KEY: channel.removeprefix(prefix)}))
                for channel in channels
            ]
        )


class RedisDown(RedisError):
    """The server did not answer a moment ago, and was not asked again."""
