"""Channels' layer on PUBLISH, with many groups in one command, and a word on what was lost."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from channels_redis.utils import decode_hosts
from redis.exceptions import RedisError

from chatsite.realtime.controls import EventsLost
from chatsite.realtime.envelopes import Envelope, encode_envelope
from chatsite.realtime.layers.base import GROUP_KEY, Batch, Layer, SubscriptionWatcher
from chatsite.realtime.layers.redis.hosts import Host, name_of
from chatsite.realtime.layers.redis.server import Server
from chatsite.realtime.layers.redis.shard import Message, Shard
from chatsite.realtime.layers.redis.transports import require_transport


class RedisLayer(RedisPubSubChannelLayer, Layer):  # type: ignore[misc]
    """Any number of processes and machines, by Redis' PUBLISH: no queue that fills up unseen.

    While a server is away what is asked of it fails at once, in the whole process, so that nobody
    waits for each event anew. Once it is back, the groups that missed something are told so.
    """

    is_shared = True

    def __init__(self, hosts: Sequence[Host], **kwargs: Any) -> None:
        self._hosts = decode_hosts(hosts)
        self._servers = [Server(name_of(host), heal=self._heal) for host in self._hosts]
        super().__init__(hosts=self._hosts, **kwargs)

    def _get_layer(self) -> Any:
        is_new = asyncio.get_running_loop() not in self._layers
        layer = super()._get_layer()
        if is_new:
            layer._shards = [
                Shard(host, layer, server, self._lost)
                for host, server in zip(self._hosts, self._servers, strict=True)
            ]
        return layer

    async def new_channel(self, prefix: str = "specific.") -> str:
        """A channel of this process."""
        channel: str = await self._get_layer().new_channel(prefix)
        return channel

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message to the channel, or to one of its groups."""
        message: dict[str, Any] = await self._get_layer().receive(channel)
        return message

    def watch(self, watcher: SubscriptionWatcher) -> None:
        """Tell ``watcher``, on this event loop, when subscriptions fail and when they are back."""
        for shard in self._get_layer()._shards:
            shard.watch(watcher)

    async def check(self) -> None:
        """Raises ``RedisDown`` unless every server is a master, takes what is published, and may
        be subscribed to."""
        await _all([shard.check() for shard in self._get_layer()._shards])

    async def _heal(self, server: Server, channels: Sequence[str]) -> None:
        layer = self._get_layer()
        [shard] = [shard for shard in layer._shards if shard.server is server]
        failure: BaseException | None = None
        try:
            await shard.heal(self._lost(channels))
        except (RedisError, OSError) as error:
            failure = error
        if failure is not None:
            # Not while it is handled: it would be taken for the cause of what is found out now.
            await require_transport(shard.pool, failure)
            raise failure

    def _lost(self, channels: Sequence[str]) -> list[Message]:
        prefix = self._get_layer()._get_group_channel_name("")
        lost = encode_envelope(Envelope(control=EventsLost()))
        return [
            (channel, self.serialize({**lost, GROUP_KEY: channel.removeprefix(prefix)}))
            for channel in channels
        ]

    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_add`` to each, in one round trip. Returns once Redis has confirmed it: what is
        published from then on comes here, whoever publishes it.

        Raises ``RedisDown``."""
        layer = self._get_layer()
        by_shard: defaultdict[Shard, list[str]] = defaultdict(list)
        for group in groups:
            name = layer._get_group_channel_name(group)
            layer.groups.setdefault(name, set()).add(channel)
            by_shard[layer._get_shard(name)].append(name)
        await _all([shard.subscribe_all(names) for shard, names in by_shard.items()])

    async def group_discard_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_discard`` from each, with one command. Raises ``RedisDown``."""
        layer = self._get_layer()
        by_shard: defaultdict[Shard, list[str]] = defaultdict(list)
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

    async def group_send_many(self, batch: Batch) -> None:
        """``group_send`` for each (group, message), in order, with few round trips.

        Raises what one of the servers raised, after the others had their part.
        """
        layer = self._get_layer()
        by_shard: defaultdict[Shard, list[tuple[str, bytes]]] = defaultdict(list)
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
