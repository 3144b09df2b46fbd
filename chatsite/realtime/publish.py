"""The one way to send events to live connections, from any code in any process.

>>> await publish(conversation_group(12), ChatStreamMessage(type=ChatMessageType.CONVERSATION,
...                                                         conversation_id=12))

Underneath is one ``group_send`` of ``{"type": "stream.events", "events": [...]}``, so any
consumer may join a group and handle ``stream_events``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from asgiref.sync import async_to_sync

from chatsite.realtime.controls import Control
from chatsite.realtime.envelopes import Envelope, encode_envelope
from chatsite.realtime.fanout import deliver_here
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.configured import get_layer
from chatsite.realtime.metrics import LAYER_ERRORS
from chatsite.realtime.wire import ChatStreamMessage, to_event

logger = logging.getLogger(__name__)

Batch = list[tuple[str, list[ChatStreamMessage]]]
"""What to publish, in order: (group, events), the events of a group in one frame."""


async def publish(group: str, *events: ChatStreamMessage, origin: str | None = None) -> None:
    """Send the events to the group, together and in order.

    Raises nothing if the layer is unavailable: what is stored stays stored, the sockets of this
    process receive the events, and all others read their state again once the layer is back.

    ``origin``, any text, lets observers of the fan-out recognize what they sent themselves.
    """
    envelope = Envelope(events=[to_event(event) for event in events], origin=origin)
    await _send([(group, envelope)])


async def whisper(group: str, *events: ChatStreamMessage, origin: str) -> None:
    """Send the events to the observers of every process in the group, and to no connection."""
    envelope = Envelope(aside=[to_event(event) for event in events], origin=origin)
    await _send([(group, envelope)])


def publish_sync(group: str, *events: ChatStreamMessage) -> None:
    """``publish`` for views, commands and workers. Call it after the transaction's commit."""
    async_to_sync(publish)(group, *events)


async def publish_batch(batch: Batch) -> None:
    """Publish several batches of events, in order, and together if the layer can do that."""
    # Most events go to several groups.
    plain = {id(event): event for _, events in batch for event in events}
    encoded = {key: to_event(event) for key, event in plain.items()}
    await _send(
        [
            (group, Envelope(events=[encoded[id(event)] for event in events]))
            for group, events in batch
        ]
    )


def publish_batch_sync(batch: Batch) -> None:
    """``publish_batch`` for synchronous code: one switch to the event loop for all of them."""
    if batch:
        async_to_sync(publish_batch)(batch)


async def signal(group: str, control: Control) -> None:
    """Send a control to the group's connections, which their clients do not receive. Consumers of
    other code that joined the group receive a message without events."""
    await _send([(group, Envelope(control=control))])


def signal_sync(group: str, control: Control) -> None:
    """``signal`` for synchronous code. Call it after the transaction's commit."""
    async_to_sync(signal)(group, control)


def require_signal_sync(groups: Collection[str], control: Control) -> None:
    """``signal_sync`` for what every process must receive. Raises ``LayerUnavailable``."""
    async_to_sync(_require)([(group, Envelope(control=control)) for group in groups])


async def _require(envelopes: list[tuple[str, Envelope]]) -> None:
    try:
        await _hand_over(envelopes)
    except Exception as error:
        LAYER_ERRORS.inc(len(envelopes))
        raise LayerUnavailable from error


async def _send(envelopes: list[tuple[str, Envelope]]) -> None:
    try:
        await _hand_over(envelopes)
    except Exception as error:  # noqa: BLE001 -- not even a bug may undo the sender's work
        # The sender's work is stored and done; the layer is only the fast path.
        LAYER_ERRORS.inc(len(envelopes))
        if not (isinstance(error, LayerUnavailable) and error.is_reported):
            reason = str(error) or type(error).__name__
            logger.error("could not publish to %s, ...: %s", envelopes[0][0], reason)  # noqa: TRY400
        await deliver_here(envelopes)


async def _hand_over(envelopes: list[tuple[str, Envelope]]) -> None:
    messages = [(group, encode_envelope(envelope)) for group, envelope in envelopes]
    await get_layer().group_send_many(messages)
