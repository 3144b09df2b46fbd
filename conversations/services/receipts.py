"""Watermarks: how far somebody has read, and how far their devices hold it."""

from __future__ import annotations

from datetime import datetime

from django.db.models.functions import Greatest

from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.wire import ChatMessageType
from conversations.history import require_message
from conversations.models import Participant
from conversations.outbound import receipt_event
from conversations.selectors import require_participant
from conversations.services.telling import appears_offline, tell


def mark(
    *,
    kind: ChatMessageType,
    conversation_id: int,
    message_id: int,
    user_id: int,
    now: datetime,
) -> None:
    """Raise the user's ``read`` or ``delivered`` watermark to the message; an older mark changes
    nothing. Someone who appears offline is not announced, but to themselves."""
    place = require_participant(conversation_id=conversation_id, user_id=user_id)
    message = require_message(place, message_id)
    places = Participant.objects.filter(conversation_id=conversation_id, user_id=user_id)
    if kind is ChatMessageType.READ:
        risen = places.filter(read_sequence__lt=message.sequence).update(
            read_sequence=message.sequence,
            delivered_sequence=Greatest("delivered_sequence", message.sequence),
        )
    else:
        risen = places.filter(delivered_sequence__lt=message.sequence).update(
            delivered_sequence=message.sequence
        )
    if risen:
        hidden = appears_offline(user_id)
        group = user_group(user_id) if hidden else conversation_group(conversation_id)
        tell(group, receipt_event(kind, message, user_id=user_id, now=now))
