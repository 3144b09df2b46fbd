"""Presence as an event of the stream."""

from __future__ import annotations

from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, PresenceStatus
from presence.models import UserPresence


def presence_event(presence: UserPresence) -> ChatStreamMessage:
    """What others may know of the person, as a fact: to hear it twice does no harm."""
    return ChatStreamMessage(
        type=ChatMessageType.PRESENCE,
        sender_id=presence.user_id,
        presence_status=PresenceStatus(presence.status),
        timestamp=presence.last_seen,
        sequence=presence.sequence,
    )
