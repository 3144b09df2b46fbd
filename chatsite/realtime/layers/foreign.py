"""Channel layers that know nothing of this site, such as Channels' own and those of channels_redis.

They do without what only the layers of this package can: one round trip for many groups, the word
that a subscription was interrupted, and the name of the group on what is sent by a bare
``group_send``. What is sent by ``publish`` has that name from here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from channels.layers import BaseChannelLayer, InMemoryChannelLayer

from chatsite.realtime.envelopes import Envelope, encode_envelope
from chatsite.realtime.layers.base import GROUP_KEY, Batch, Layer, LayerUnavailable

logger = logging.getLogger(__name__)

RENEWALS = 3
"""How often a membership is renewed before the layer would forget it."""


class ForeignLayer(Layer):
    """Any layer with Channels' ``groups`` extension."""

    def __init__(self, layer: BaseChannelLayer) -> None:
        self._layer: Any = layer
        self._memberships: dict[str, str] = {}
        """Group to the channel of this process that is in it."""
        self._lock = asyncio.Lock()
        """So that a membership that is renewed can't outlive its end."""
        self._renewing: asyncio.Task[None] | None = None
        self._is_unnamed_reported = False

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be in its groups."""
        return not isinstance(self._layer, InMemoryChannelLayer)

    async def new_channel(self) -> str:
        """A channel that only this process receives from."""
        with _errors_of_any_layer():
            channel: str = await self._layer.new_channel()
            return channel

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message that says which group it was sent to."""
        while True:
            with _errors_of_any_layer():
                message: dict[str, Any] = await self._layer.receive(channel)
            if GROUP_KEY in message:
                return message
            if not self._is_unnamed_reported:
                self._is_unnamed_reported = True
                logger.warning(
                    "a message of type %r does not say which group it is for, so the connections"
                    " of this site do not get it: send by chatsite.realtime.publish",
                    message.get("type"),
                )

    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_add`` to each, and again before the layer forgets it."""
        self._renew_in_time()
        async with self._lock:
            for group in groups:
                with _errors_of_any_layer():
                    await self._layer.group_add(group, channel)
                self._memberships[group] = channel

    async def group_discard_many(self, groups: Iterable[str], channel: str) -> None:
        """``group_discard`` from each."""
        async with self._lock:
            for group in groups:
                self._memberships.pop(group, None)
                with _errors_of_any_layer():
                    await self._layer.group_discard(group, channel)

    async def group_send_many(self, batch: Batch) -> None:
        """``group_send`` for each (group, message), in order."""
        for group, message in batch:
            with _errors_of_any_layer():
                await self._layer.group_send(group, {**message, GROUP_KEY: group})

    async def check(self) -> None:
        """Send something that nobody hears."""
        await self.group_send_many([("health", encode_envelope(Envelope()))])

    async def stop(self) -> None:
        """Renew no more memberships."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _renew_in_time(self) -> None:
        """Some layers forget who is in a group after ``group_expiry``, a day if nobody says how
        many seconds."""
        expiry: float | None = getattr(self._layer, "group_expiry", None)
        if expiry is not None and self._renewing is None:
            renewing = self._keep_renewing(expiry / RENEWALS)
            self._renewing = asyncio.get_running_loop().create_task(renewing)

    async def _keep_renewing(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            for group in list(self._memberships):
                try:
                    await self._renew(group)
                except LayerUnavailable as error:
                    logger.debug("still to be renewed in %s: %s", group, error.__cause__)

    async def _renew(self, group: str) -> None:
        async with self._lock:
            if group in self._memberships:
                with _errors_of_any_layer():
                    await self._layer.group_add(group, self._memberships[group])


@contextmanager
def _errors_of_any_layer() -> Iterator[None]:
    """Each layer has errors of its own: all become ``LayerUnavailable``."""
    try:
        yield
    except Exception as error:
        raise LayerUnavailable(str(error) or type(error).__name__) from error
