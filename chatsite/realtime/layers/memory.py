"""The layer for one process: no service to install."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from channels.layers import InMemoryChannelLayer

from chatsite.realtime.layers.base import GROUP_KEY, Batch, Layer


class MemoryLayer(InMemoryChannelLayer, Layer):
    """Channels' own, with the name of the group stamped on what is sent to it, by ``publish`` or
    by a bare ``group_send``."""

    is_shared = False

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group``, all in this process."""
        await super().group_send(group, {**message, GROUP_KEY: group})

    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_add`` to each."""
        for group in groups:
            await self.group_add(group, channel)

    async def group_discard_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_discard`` from each."""
        for group in groups:
            await self.group_discard(group, channel)

    async def group_send_many(self, batch: Batch) -> None:
        """``group_send`` for each (group, message), in order."""
        for group, message in batch:
            await self.group_send(group, message)

    async def check(self) -> None:
        """Memory takes everything."""
