"""The one way to tell live connections something, from any code in any process.

>>> await publish(conversation_group(12), ChatStreamMessage(type=ChatMessageType.CONVERSATION,
...                                                         conversation_id=12))

Underneath is one ``group_send`` of ``{"type": "stream.events", "events": [...]}``, so any
consumer may join a group and handle ``stream_events``.
"""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from chatsite.realtime.metrics import LAYER_ERRORS
from chatsite.realtime.wire import ChatStreamMessage, to_event

logger = logging.getLogger(__name__)

Batch = list[tuple[str, list[ChatStreamMessage]]]
"""What to publish, in order: (group, events), the events of a group in one frame."""


async def publish(group: str, *events: ChatStreamMessage) -> None:
    """Send the events to the group, together and in order. A dead layer is logged, not raised:
    what is stored stays stored, and clients heal by sequence."""
    await send_to_group(
        group, {"type": "stream.events", "events": [to_event(event) for event in events]}
    )


def publish_sync(group: str, *events: ChatStreamMessage) -> None:
    """``publish`` for views, commands and workers. Call it after the transaction's commit."""
    async_to_sync(publish)(group, *events)


async def publish_batch(batch: Batch) -> None:
    """Several publishes, in order; together, where the layer has ``group_send_many``."""
    # Most events go to several groups.
    plain = {id(event): event for _, events in batch for event in events}
    encoded = {key: to_event(event) for key, event in plain.items()}
    messages = [
        (group, {"type": "stream.events", "events": [encoded[id(event)] for event in events]})
        for group, events in batch
    ]
    send_many = getattr(get_channel_layer(), "group_send_many", None)
    if send_many is None or len(messages) == 1:
        for group, message in messages:
            await send_to_group(group, message)
        return
    try:
        await send_many(messages)
    except Exception:
        LAYER_ERRORS.inc(len(messages))
        logger.exception("could not publish to some of %s groups", len(messages))


def publish_batch_sync(batch: Batch) -> None:
    """``publish_batch`` for synchronous code: one hop for all of them."""
    if batch:
        async_to_sync(publish_batch)(batch)


async def send_to_group(group: str, message: dict[str, Any]) -> None:
    """One ``group_send`` in which an unreachable layer is logged and undoes nothing."""
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    try:
        await layer.group_send(group, message)
    except Exception:
        # The layer is the fast path, never the truth: the sender's work is done.
        LAYER_ERRORS.inc()
        logger.exception("could not publish to %s", group)


def send_to_group_sync(group: str, message: dict[str, Any]) -> None:
    """``send_to_group`` for synchronous code."""
    async_to_sync(send_to_group)(group, message)
