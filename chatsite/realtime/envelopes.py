"""The contents of one publish, and its form on the channel layer.

Servers of the previous release and consumers of other code read that form. Keys must not change,
and empty ones are left out.
"""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from chatsite.realtime.controls import Control, decode_control, encode_control
from chatsite.realtime.wire import Event

logger = logging.getLogger(__name__)

ENVELOPE_TYPE = "stream.events"
"""``type`` of the message. Channels calls ``stream_events`` of consumers that joined the group."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to the members of a group at once."""

    events: list[Event] = []
    """For clients, in order, in one frame."""
    aside: list[Event] = []
    """For observers only."""
    control: Control | None = None
    """For connections, but not for their clients."""
    origin: str | None = None
    """Lets an observer recognize what it published itself."""
    newcomer: str | None = None
    """The process that has just joined the group."""


def encode_envelope(envelope: Envelope) -> dict[str, Any]:
    """The envelope as a message of Channels, which any layer can carry."""
    message: dict[str, Any] = {"type": ENVELOPE_TYPE, "events": envelope.events}
    if envelope.aside:
        message["aside"] = envelope.aside
    if envelope.control is not None:
        message["control"] = encode_control(envelope.control)
    if envelope.origin is not None:
        message["origin"] = envelope.origin
    if envelope.newcomer is not None:
        message["newcomer"] = envelope.newcomer
    return message


def decode_envelope(message: dict[str, Any]) -> Envelope | None:
    """The envelope in this message, or ``None`` if the message is for other code. Raises
    ``KeyError`` if there is no list of events, not even an empty one."""
    if message.get("type") != ENVELOPE_TYPE:
        return None
    control = message.get("control")
    return Envelope(
        events=message["events"],
        aside=message.get("aside", []),
        control=None if control is None else _control_of(control),
        origin=message.get("origin"),
        newcomer=message.get("newcomer"),
    )


def _control_of(plain: dict[str, Any]) -> Control | None:
    """The control, or ``None`` if it can't be read: another release may know it, and the events
    beside it must not be lost."""
    try:
        return decode_control(plain)
    except msgspec.ValidationError as error:
        logger.warning("a control is not obeyed, because it can't be read: %s", error)
        return None
