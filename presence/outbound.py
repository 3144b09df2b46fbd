"""Presence as an event of the stream."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, PresenceStatus
from presence.models import UserPresence
from presence.policy import Privacy


def presence_event(presence: UserPresence) -> ChatStreamMessage:
    """What others may know of the person. Receiving it twice does no harm."""
    return ChatStreamMessage(
        type=ChatMessageType.PRESENCE,
        sender_id=presence.user_id,
        presence_status=PresenceStatus(presence.status),
        timestamp=presence.last_seen,
        sequence=presence.sequence,
    )


def own_presence_event(presence: UserPresence, *, now: datetime) -> ChatStreamMessage:
    """The event for the person's own connections: ``own_status``, and what they chose."""
    choice = presence.choice.at(now)
    return msgspec.structs.replace(
        presence_event(presence),
        presence_status=own_status(presence),
        chosen_status=choice.status,
        until=choice.until,
    )


def own_status(presence: UserPresence) -> PresenceStatus:
    """How the person will appear once their grace is over; they themselves know it at once."""
    is_going = presence.grace_until is not None
    return PresenceStatus.OFFLINE if is_going else PresenceStatus(presence.status)


def privacy_of(presence: UserPresence) -> Privacy:
    """What the person shows of themselves."""
    return Privacy(
        shows_presence=not presence.is_hidden,
        shows_typing=presence.shows_typing,
        shows_receipts=presence.shows_receipts,
    )
