"""The groups to which the process' one channel is subscribed: those that have local sockets.

Subscribing is a round trip. Whoever waits for it while another's is under way shares the next one:
a restart brings thousands of sockets within seconds, each with many groups.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from chatsite.realtime.layers.base import Layer, LayerUnavailable

logger = logging.getLogger(__name__)


class Subscriptions:
    """What the channel is subscribed to. One for each fan-out."""

    def __init__(self, layer: Layer, *, is_wanted: Callable[[str], bool]) -> None:
        self.channel: str | None = None
        """The one channel of the process; known once something was subscribed to."""
        self._layer = layer
        self._is_wanted = is_wanted
        self._subscribed: set[str] = set()
        self._missing: set[str] = set()
        """Asked for by those who wait for the lock, and not yet subscribed to."""
        self._left: set[str] = set()
        """Perhaps no longer wanted, for the next who has the lock."""
        self._lock = asyncio.Lock()

    def has_all(self, groups: Iterable[str]) -> bool:
        """Whether what is sent to the groups comes here."""
        return self._subscribed.issuperset(groups)

    async def ensure(self, groups: Iterable[str]) -> set[str]:
        """Return once the channel is in all of the groups: those to which this call brought it,
        for whoever asked. Raises ``LayerUnavailable``."""
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
        # Under the lock, so that a group's last leave can't undo its next join.
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
                # What still comes for a group finds no members, which does no harm.
                logger.debug("still subscribed to %s groups: %s", len(left), error)
