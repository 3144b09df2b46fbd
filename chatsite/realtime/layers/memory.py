"""The layer for one process: no service to install."""

from __future__ import annotations

from typing import Any

from channels.layers import InMemoryChannelLayer

from chatsite.realtime.layers.base import GROUP_KEY


class MemoryLayer(InMemoryChannelLayer):
    """Channels' own, with the name of the group stamped on what is sent to it."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to the members of ``group``, all in this process."""
        await super().group_send(group, {**message, GROUP_KEY: group})
