"""Channels' layers, with the name of the group stamped on what is sent to it.

A process owns one channel and joins it to many groups, so it must be told which of them a
message was sent to. Whoever sends, by ``publish`` or by a bare ``group_send``, sends through
the configured layer, and so through here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

GROUP_KEY = "group"

PUBLISH_ALL = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"
"""One command for many publishes costs a sixth of as many commands in a pipeline."""

SCRIPT_LIMIT = 500
"""Publishes in one command: Redis does nothing else for about a millisecond."""


class MemoryLayer(InMemoryChannelLayer):
    """One process, no service to install."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group``, all in this process."""
        await super().group_send(group, {**message, GROUP_KEY: group})


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Any number of processes and machines, by Redis' PUBLISH: no queue that fills up unseen."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group`` in every process."""
        # The base class is a proxy to a layer for each event loop, and has no method to call.
        await self._get_layer().group_send(group, {**message, GROUP_KEY: group})

    async def group_send_many(self, batch: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """``group_send`` for each (group, message), in order, with few round trips.

        Raises what one of the servers raised, after the others had their part.
        """
        layer = self._get_layer()
        by_shard: defaultdict[Any, list[str | bytes]] = defaultdict(list)
        for group, message in batch:
            channel = layer._get_group_channel_name(group)
            encoded = self.serialize({**message, GROUP_KEY: group})
            by_shard[layer._get_shard(channel)] += (channel, encoded)
        sending = [_publish_all(shard, arguments) for shard, arguments in by_shard.items()]
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


async def _publish_all(shard: Any, arguments: list[str | bytes]) -> None:
    """Publish channel, message, channel, message … as the shard itself would publish each."""
    async with shard._lock:
        shard._ensure_redis()
        for start in range(0, len(arguments), 2 * SCRIPT_LIMIT):
            part = arguments[start : start + 2 * SCRIPT_LIMIT]
            await shard._redis.eval(PUBLISH_ALL, 0, *part)
