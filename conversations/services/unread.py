"""Marking messages as unread: for the person themselves, and told to nobody else.

The watermark of what they have read, which others may see, stays where it is.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import user_group
from chatsite.realtime.locks import may_wait
from conversations.history import require_message, require_message_of_others
from conversations.models import UNREAD_MARK, Participant
from conversations.outbound import unread_event
from conversations.selectors import require_participant
from conversations.services.telling import tell


@transaction.atomic
def mark_unread(
    *, conversation_id: int, message_id: int | None, user_id: int, now: datetime
) -> None:
    """Let everything from the message on be unread to the user, until they read it. ``None``: from
    the last message of others on.

    Raises ``Refused`` (not_a_participant, unknown_message)."""
    place = require_participant(conversation_id=conversation_id, user_id=user_id)
    message = (
        require_message_of_others(place)
        if message_id is None
        else require_message(place, message_id)
    )
    held = hold_marks(place.pk)
    held.mark_unread(message.sequence, now=now)
    _save(held)


def hold_marks(place_id: int) -> Participant:
    """Lock the participant's row, so that of two devices one moves a mark after the other.

    Raises ``Refused`` (not_a_participant) if they have left."""
    rows = Participant.objects.select_for_update(nowait=not may_wait())
    held = rows.filter(pk=place_id).first()
    if held is None:
        raise Refused(ErrorCode.NOT_A_PARTICIPANT)
    return held


def _save(held: Participant) -> None:
    held.save(update_fields=UNREAD_MARK)
    tell(user_group(held.user_id), unread_event(held))
