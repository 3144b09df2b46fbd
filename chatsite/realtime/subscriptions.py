"""The groups to which the channel of the process is subscribed: those that have local sockets.

Subscribing is a round trip. All who ask while one is under way share the next one: after a restart
thousands of sockets connect within seconds, each with many groups.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from chatsite.realtime.layers.base import Layer, LayerUnavailable

logger = logging.getLogger(__name__)


class Subscriptions:
    """The subscriptions of a fan-out's channel."""

    def __init__(self, layer: Layer, *, is_wanted: Callable[[str], bool]) -> None:
        self.channel: str | None = None
        """The channel of the process; ``None`` before the first subscription."""
        self._layer = layer
        self._is_wanted = is_wanted
        self._subscribed: set[str] = set()
        self._missing: set[str] = set()
        """Asked for by callers that wait for the lock, and not subscribed to yet."""
        self._left: set[str] = set()
        """Perhaps no longer wanted: for the next caller that gets the lock."""
        self._lock = asyncio.Lock()

    def has_all(self, groups: Iterable[str]) -> bool:
        """Whether the channel is subscribed to all of the groups."""
        return self._subscribed.issuperset(groups)

    async def ensure(self, groups: Iterable[str]) -> set[str]:
        """Return once the channel is subscribed to all of the groups. Returns the groups that this
        call subscribed to, for any caller. Raises ``LayerUnavailable``."""
        groups = set(groups)
        self._missing |= groups - self._subscribed
        async with self._lock:
            if self.has_all(groups):
                return set()
            asked = (self._missing | groups) - self._subscribed
            self._missing.clear()
            self.channel = self.channel or await self._layer.new_channel()
            await self._layer.group_add_many(asked, self.channel)
            self._subscribed |= asked
            return asked

    async def drop(self, groups: Iterable[str]) -> None:
        """End the subscriptions to those of the groups that nobody wants any more."""
        self._left.update(groups)
        # Under the lock, so that the last leave of a group can't undo the next join.
        async with self._lock:
            left = {group for group in self._left if not self._is_wanted(group)}
            self._left.clear()
            left &= self._subscribed
            self._subscribed -= left
            if not left or self.channel is None:
                return
            try:
                await self._layer.group_discard_many(left, self.channel)
            except LayerUnavailable as error:
                # What still comes for such a group finds no members, which does no harm.
                logger.debug("still subscribed to %s groups: %s", len(left), error)
