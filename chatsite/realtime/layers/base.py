"""What publishing and the fan-out need of a channel layer, and the one error it has.

A process owns one channel and joins it to many groups, so it must be told which of them a
message was sent to: whatever comes by ``receive`` has the name of its group under ``GROUP_KEY``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

GROUP_KEY = "group"

Batch = Sequence[tuple[str, dict[str, Any]]]
"""Messages to send, in order, each with the group that it is for."""


class LayerUnavailable(Exception):
    """The channel layer can't be reached, or does not do what it is asked."""

    problem = "unavailable"
    """What is wrong, in a word, as ``/healthz`` says it behind ``layer_``."""
    is_reported = False
    """Whether the layer has logged it already: an outage is said once, not at each use."""


class SubscriptionWatcher(Protocol):
    """Who must know that something sent may not have come: the type for ``Layer.watch``."""

    def interrupted(self, server: object) -> None:
        """The connection to the server was lost and is made anew: what was sent meanwhile is
        lost, and of what comes from now on something may be missing."""

    def restored(self, server: object) -> None:
        """The server has confirmed all that had been subscribed to: all comes again."""


class Layer(ABC):
    """A channel layer, from one event loop. A backend of ``CHANNEL_LAYERS`` that is a subclass is
    used as it is; any other is wrapped by ``ForeignLayer``.

    Every method raises ``LayerUnavailable``, and no error of a library below it."""

    @property
    @abstractmethod
    def is_shared(self) -> bool:
        """Whether other processes may be in its groups."""

    @abstractmethod
    async def new_channel(self) -> str:
        """A channel that only this process receives from."""

    @abstractmethod
    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message that was sent to one of the channel's groups, with ``GROUP_KEY``."""

    @abstractmethod
    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """Join the channel to the groups. What is sent from the return on arrives."""

    @abstractmethod
    async def group_discard_many(self, groups: Iterable[str], channel: str) -> None:
        """Let the channel leave the groups."""

    @abstractmethod
    async def group_send_many(self, batch: Batch) -> None:
        """Send each message to its group, in order."""

    @abstractmethod
    async def check(self) -> None:
        """Return if the layer takes what is sent."""

    def watch(self, watcher: SubscriptionWatcher) -> None:  # noqa: B027 -- not all can tell
        """Tell ``watcher`` when subscriptions fail and when they are back, if the layer notices."""

    async def stop(self) -> None:  # noqa: B027 -- most do nothing by themselves
        """End what the layer does by itself on this event loop."""
