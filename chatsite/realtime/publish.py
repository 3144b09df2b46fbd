"""The one way to tell live connections something, from any code in any process.

>>> await publish(conversation_group(12), ChatStreamMessage(type=ChatMessageType.CONVERSATION,
...                                                         conversation_id=12))

Underneath is one ``group_send`` of ``{"type": "stream.events", "events": [...]}``, so any
consumer may join a group and handle ``stream_events``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from asgiref.sync import async_to_sync

from chatsite.realtime.fanout import deliver_here
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.configured import get_layer
from chatsite.realtime.metrics import LAYER_ERRORS
from chatsite.realtime.wire import ChatStreamMessage, Event, to_event

logger = logging.getLogger(__name__)

Batch = list[tuple[str, list[ChatStreamMessage]]]
"""What to publish, in order: (group, events), the events of a group in one frame."""


async def publish(group: str, *events: ChatStreamMessage, origin: str | None = None) -> None:
    """Send the events to the group, together and in order. That the layer is away is not raised:
    what is stored stays stored, this process' own sockets hear it, and all others read their
    state anew once it is back.

    By ``origin``, any text, observers of the fan-out know again what they sent themselves."""
    message = _message([to_event(event) for event in events])
    await _send([(group, message if origin is None else {**message, "origin": origin})])


async def whisper(group: str, *events: ChatStreamMessage, origin: str) -> None:
    """Tell the observers of every process of the group, and none of its connections."""
    aside = [to_event(event) for event in events]
    await _send([(group, {**_message([]), "aside": aside, "origin": origin})])


def publish_sync(group: str, *events: ChatStreamMessage) -> None:
    """``publish`` for views, commands and workers. Call it after the transaction's commit."""
    async_to_sync(publish)(group, *events)


async def publish_batch(batch: Batch) -> None:
    """Several publishes, in order; together, where the layer can do that."""
    # Most events go to several groups.
    plain = {id(event): event for _, events in batch for event in events}
    encoded = {key: to_event(event) for key, event in plain.items()}
    await _send(
        [(group, _message([encoded[id(event)] for event in events])) for group, events in batch]
    )


def publish_batch_sync(batch: Batch) -> None:
    """``publish_batch`` for synchronous code: one hop for all of them."""
    if batch:
        async_to_sync(publish_batch)(batch)


async def signal(group: str, control: dict[str, Any]) -> None:
    """Tell the group's connections something that their clients are not told: ``control`` has
    a ``type``. Consumers of other code that joined the group see an event without events."""
    await _send([(group, {**_message([]), "control": control})])


def signal_sync(group: str, control: dict[str, Any]) -> None:
    """``signal`` for synchronous code. Call it after the transaction's commit."""
    async_to_sync(signal)(group, control)


def require_signal_sync(groups: Collection[str], control: dict[str, Any]) -> None:
    """``signal_sync``, of what every process must know. Raises ``LayerUnavailable``."""
    async_to_sync(_require)([(group, {**_message([]), "control": control}) for group in groups])


async def _require(messages: list[tuple[str, dict[str, Any]]]) -> None:
    try:
        await get_layer().group_send_many(messages)
    except Exception as error:
        LAYER_ERRORS.inc(len(messages))
        raise LayerUnavailable from error


def _message(events: list[Event]) -> dict[str, Any]:
    return {"type": "stream.events", "events": events}


async def _send(messages: list[tuple[str, dict[str, Any]]]) -> None:
    try:
        await get_layer().group_send_many(messages)
    except Exception as error:  # noqa: BLE001 -- not even a bug may undo the sender's work
        # The layer is the fast path, never the truth: the sender's work is done.
        LAYER_ERRORS.inc(len(messages))
        if not (isinstance(error, LayerUnavailable) and error.is_reported):
            reason = str(error) or type(error).__name__
            logger.error("could not publish to %s, ...: %s", messages[0][0], reason)  # noqa: TRY400
        await deliver_here(messages)
