"""Watermarks: how far somebody has read, and how far their devices hold it.

What others see of them is kept apart: it stands still while somebody shows nothing of themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from conversations.history import messages_visible
from conversations.models import MARKS, Message, Participant
from conversations.outbound import receipt_event
from conversations.selectors import require_participant
from conversations.services.telling import person_of, shows_receipts, tell
from conversations.services.unread import hold_marks, read_on


def mark(
    *,
    kind: ChatMessageType,
    conversation_id: int,
    message_id: int,
    user_id: int,
    now: datetime,
) -> None:
    """Raise the user's ``read`` or ``delivered`` watermark to the message."""
    is_read = kind is ChatMessageType.READ
    unknown = mark_all(
        conversation_id=conversation_id,
        user_id=user_id,
        read=[message_id] if is_read else [],
        delivered=[] if is_read else [message_id],
        now=now,
    )
    if unknown:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)


def mark_all(
    *,
    conversation_id: int,
    user_id: int,
    read: Collection[int],
    delivered: Collection[int],
    now: datetime,
) -> set[int]:
    """Raise the user's watermarks to the last of the messages read and of those delivered, in one
    write; older ones change nothing. The ids that are of no message there.

    Who appears offline, or hides, is announced to nobody but themselves.
    """
    place = require_participant(conversation_id=conversation_id, user_id=user_id)
    asked = {*read, *delivered}
    found = messages_visible(place).filter(pk__in=asked).only("conversation_id", "sequence")
    known = {message.pk: message for message in found.order_by("sequence")}
    # Read includes delivered.
    last_read = next((known[pk] for pk in reversed(known) if pk in read), None)
    last_held = next((known[pk] for pk in reversed(known)), None)
    if last_held is not None and _rises(place, last_read, last_held):
        _raise(place, last_read, last_held, now=now)
    return asked - known.keys()


def _rises(place: Participant, last_read: Message | None, last_held: Message) -> bool:
    """Whether there may be something to write: what is shown is never above what is."""
    return last_held.sequence > place.shown_delivered_sequence or (
        last_read is not None
        and (
            last_read.sequence > place.shown_read_sequence
            or place.is_marked_unread(last_read.sequence)
        )
    )


@transaction.atomic
def _raise(
    place: Participant, last_read: Message | None, last_held: Message, *, now: datetime
) -> None:
    """Under the lock of the participant's row, so that two devices announce a mark once."""
    held = hold_marks(place.pk)
    shows = shows_receipts(person_of(held.user_id), now=now)
    read, delivered = held.announced(shows=shows)
    held.raise_marks(
        read=last_read.sequence if last_read else 0, delivered=last_held.sequence, shows=shows
    )
    held.save(update_fields=MARKS)
    events: list[ChatStreamMessage] = []
    if last_read is not None and read < last_read.sequence:
        events.append(_event(ChatMessageType.READ, last_read, held, now))
        delivered = max(delivered, last_read.sequence)
    if delivered < last_held.sequence:
        events.append(_event(ChatMessageType.DELIVERED, last_held, held, now))
    tell(conversation_group(held.conversation_id) if shows else user_group(held.user_id), *events)
    if last_read is not None:
        read_on(held, last_read.sequence, now=now)


def _event(
    kind: ChatMessageType, message: Message, held: Participant, now: datetime
) -> ChatStreamMessage:
    return receipt_event(kind, message, user_id=held.user_id, now=now)
