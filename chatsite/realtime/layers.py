"""Channels' layers, with the name of the group stamped on what is sent to it.

A process owns one channel and joins it to many groups, so it must be told which of them a
message was sent to. Whoever sends, by ``publish`` or by a bare ``group_send``, sends through
the configured layer, and so through here.
"""

from __future__ import annotations

from typing import Any

from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

GROUP_KEY = "group"


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
