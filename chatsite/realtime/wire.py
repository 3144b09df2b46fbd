"""The envelope of everything that passes: ``ChatStreamMessage``, and its encoding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec


class ChatMessageType(StrEnum):
    """What a frame is about: the seven of the chat, and five that only the server sends."""

    MESSAGE = "message"
    TYPING = "typing"
    READ = "read"
    PRESENCE = "presence"
    DELIVERED = "delivered"
    REACTION = "reaction"
    UNREAD = "unread"
    READY = "ready"
    ERROR = "error"
    CONVERSATION = "conversation"
    PERSON = "person"
    RECEIPTS = "receipts"


class PresenceStatus(StrEnum):
    """What a person appears to be."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    OFFLINE = "offline"


class Activity(StrEnum):
    """What a person who is about to send something does."""

    TEXT = "text"
    AUDIO = "audio"
    """They record a voice message."""
    UPLOAD = "upload"
    """They send a file."""


class ConversationState(
    msgspec.Struct, kw_only=True, frozen=True, rename="camel", omit_defaults=True
):
    """One conversation in ``ready``: where it stands, and how far this user has read it."""

    conversation_id: int
    sequence: int
    read_sequence: int
    unread: int
    """How many messages of others, that are not deleted, they have yet to read."""
    revision: int
    """How many changes were made to its messages."""
    unread_from: int | None = None
    """The sequence from which on they marked messages as unread, until they have read them."""
    unread_at: str | None = None
    """When ``unread_from`` last changed, as ``rfc3339`` has it."""
    presence_capped: bool = False
    """So large that presence is not told in it, but asked for."""
    typing_capped: bool = False
    """So large that it has no typing."""


# Beyond this no database has a row, and PostgreSQL not even a comparison.
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Mark(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """Everything in the conversation up to the message."""

    conversation_id: Id
    message_id: Id


class StreamLimits(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What a client keeps to, as ``ready`` tells it. What goes beyond is refused, or closes."""

    frame_burst: int
    """Frames that may be sent at once after a quiet while, and on a new connection."""
    frame_interval: int
    """Milliseconds after which one more frame may be sent."""
    person_burst: int
    """Frames that store something, which a person may send at once over all their connections to
    one process."""
    person_interval: int
    """Milliseconds after which one more of them may be sent."""
    frame_bytes: int
    """The largest frame, in UTF-8."""
    resume_conversations: int
    """Conversations that ``resume`` may name."""
    marks: int
    """Marks that one frame may hold."""
    participants: int
    """People that a conversation may have."""
    reactions: int
    """On one message, of all people together."""
    catchups: int
    """Catch-ups that may be asked for by frames and not be answered yet."""


class ChatStreamMessage(
    msgspec.Struct, kw_only=True, frozen=True, rename="camel", omit_defaults=True
):
    """Anything that passes over the stream. Keys are camelCase; what is ``None`` is left out."""

    type: ChatMessageType
    conversation_id: int | None = None
    message_id: int | None = None
    sender_id: int | None = None
    sender_name: str | None = None
    sender_avatar_url: str | None = None
    content: str | None = None
    message_type: str | None = None
    reply_to_message_id: int | None = None
    media_url: str | None = None
    media_name: str | None = None
    media_bytes: int | None = None
    media_width: int | None = None
    media_height: int | None = None
    thumbnail_url: str | None = None
    timestamp: datetime | None = None
    client_message_id: str | None = None
    is_typing: bool | None = None
    activity: Activity | None = None
    presence_status: PresenceStatus | None = None
    chosen_status: PresenceStatus | None = None
    until: datetime | None = None
    is_catchup: bool | None = None
    sequence: int | None = None
    is_idle: bool | None = None
    code: str | None = None
    reason: str | None = None
    refused_type: str | None = None
    marks: list[Mark] | None = None
    device_info: str | None = None
    heartbeat_interval: int | None = None
    typing_timeout: int | None = None
    shows_presence: bool | None = None
    shows_typing: bool | None = None
    shows_receipts: bool | None = None
    read_sequence: int | None = None
    delivered_sequence: int | None = None
    limits: StreamLimits | None = None
    conversations: list[ConversationState] | None = None
    revision: int | None = None
    has_more: bool | None = None
    edited_at: datetime | None = None
    is_deleted: bool | None = None
    is_active: bool | None = None
    people_version: int | None = None


Event = dict[str, Any]
"""A ``ChatStreamMessage`` as the channel layer carries it: JSON types only, camelCase keys."""


def rfc3339(moment: datetime) -> str:
    """UTC, milliseconds, ``Z``: ``2026-11-24T17:05:00.123Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_event(message: ChatStreamMessage) -> Event:
    """The message as plain JSON types, absent fields left out."""
    event: Event = msgspec.to_builtins(message, builtin_types=(datetime,))
    for key, value in event.items():
        if isinstance(value, datetime):
            event[key] = rfc3339(value)
    return event


_encoder = msgspec.json.Encoder()


def encode_event(event: Mapping[str, Any]) -> bytes:
    """One event as JSON text."""
    return _encoder.encode(event)
