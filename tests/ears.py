"""An ear at the channel layer, for tests without sockets."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


class Ear:
    """What a group was told since it was last asked."""

    def __init__(self, group: str) -> None:
        self.channel = f"an-ear-for-{group}"
        async_to_sync(self._layer.group_add)(group, self.channel)

    @property
    def _layer(self) -> Any:
        return get_channel_layer()

    def publishes(self) -> list[list[dict[str, Any]]]:
        """The events, by publish."""
        return [message["events"] for message in self.messages()]

    def messages(self) -> list[dict[str, Any]]:
        """What was sent, with what clients are not told."""
        return async_to_sync(self._take)()

    def events(self) -> list[dict[str, Any]]:
        """The events."""
        return [event for events in self.publishes() for event in events]

    async def _take(self) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        while True:
            try:
                message = await asyncio.wait_for(self._layer.receive(self.channel), 0.02)
            except TimeoutError:
                return taken
            taken.append(message)
