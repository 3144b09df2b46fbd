"""Receipts: how far a person has read a conversation, and how far their devices have received it.

What others see of them is stored separately: it does not move while the person hides it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import OperationalError, transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import is_held, may_wait, without_waiting
from chatsite.realtime.rowset import update_rows
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from conversations.models import MARKS, UNREAD_MARK, Message, Participant
from conversations.outbound import receipt_event, unread_event
from conversations.services.telling import person_of, shows_receipts, tell_all
from conversations.services.unread import hold_marks


class Marking(msgspec.Struct, frozen=True, kw_only=True):
    """The user has read, or only received, everything up to the message."""

    conversation_id: int
    message_id: int
    is_read: bool


def mark(
    *,
    kind: ChatMessageType,
    conversation_id: int,
    message_id: int,
    user_id: int,
    now: datetime,
) -> None:
    """Raise the user's ``read`` or ``delivered`` mark to the message. Raises ``Refused``."""
    marking = Marking(
        conversation_id=conversation_id,
        message_id=message_id,
        is_read=kind is ChatMessageType.READ,
    )
    for code in mark_all(user_id=user_id, markings=[marking], now=now).values():
        raise Refused(code)


def mark_all(
    *, user_id: int, markings: Collection[Marking], now: datetime
) -> dict[Marking, ErrorCode]:
    """Raise the user's marks, in each conversation to the last message read and the last received;
    older ones change nothing. Returns what is refused, and why: ``unavailable`` if the row of the
    marks is locked elsewhere, at once if this work may not wait.

    It takes as many statements for any number of conversations as for one. The marks of a person
    who appears offline, or hides receipts, are announced to themselves only.
    """
    conversation_ids = {marking.conversation_id for marking in markings}
    rows = Participant.objects.select_related("conversation").filter(
        user_id=user_id, conversation_id__in=id_set(conversation_ids)
    )
    places = {place.conversation_id: place for place in rows}
    message_ids = id_set({marking.message_id for marking in markings})
    named = Message.objects.filter(pk__in=message_ids).only("conversation_id", "sequence")
    messages = {message.pk: message for message in named}
    refused: dict[Marking, ErrorCode] = {}
    rises: dict[int, _Rise] = {}
    for marking in markings:
        place = places.get(marking.conversation_id)
        message = messages.get(marking.message_id)
        if place is None:
            refused[marking] = ErrorCode.NOT_A_PARTICIPANT
        elif message is None or not _is_in(place, message):
            refused[marking] = ErrorCode.UNKNOWN_MESSAGE
        else:
            rises.setdefault(place.pk, _Rise(place)).take(marking, message)
    _raise({pk: rise for pk, rise in rises.items() if rise.is_news}, now=now)
    return refused | {
        marking: rise.refused
        for rise in rises.values()
        if rise.refused is not None
        for marking in rise.markings
    }


def _is_in(place: Participant, message: Message) -> bool:
    """Whether the participant may see the message there."""
    is_there = message.conversation_id == place.conversation_id
    return is_there and message.sequence > place.hidden_until


class _Rise:
    """How far the marks of one participant are to rise."""

    def __init__(self, place: Participant) -> None:
        self.place = place
        self.markings: list[Marking] = []
        self.read: Message | None = None
        self.held: Message | None = None
        """The last one received; one that was read counts."""
        self.refused: ErrorCode | None = None
        """Why nothing was written: the participant has left, or the row stayed locked."""

    def take(self, marking: Marking, message: Message) -> None:
        """Rise to this message if it is the highest."""
        self.markings.append(marking)
        if marking.is_read:
            self.read = _later(self.read, message)
        self.held = _later(self.held, message)

    @property
    def is_news(self) -> bool:
        """Whether there may be something to write. What others see is never above what is so."""
        place, read, held = self.place, self.read, self.held
        return (held is not None and held.sequence > place.shown_delivered_sequence) or (
            read is not None
            and (read.sequence > place.shown_read_sequence or place.is_marked_unread(read.sequence))
        )

    def apply(
        self, row: Participant, *, shows: bool, now: datetime
    ) -> tuple[str, list[ChatStreamMessage]]:
        """Raise the marks of the participant's row, which is locked. Returns the events to
        announce, and their group."""
        read, delivered = row.announced(shows=shows)
        read_to = self.read.sequence if self.read else 0
        held_to = self.held.sequence if self.held else 0
        row.raise_marks(read=read_to, delivered=held_to, shows=shows)
        events: list[ChatStreamMessage] = []
        if self.read is not None and read < read_to:
            events.append(_event(ChatMessageType.READ, self.read, row, now))
            delivered = max(delivered, read_to)
        if self.held is not None and delivered < held_to:
            events.append(_event(ChatMessageType.DELIVERED, self.held, row, now))
        group = conversation_group(row.conversation_id) if shows else user_group(row.user_id)
        return group, events

    def reads_on(self, row: Participant, *, now: datetime) -> bool:
        """Whether something that was marked as unread is read now."""
        return self.read is not None and row.read_on(self.read.sequence, now=now)


def _later(one: Message | None, other: Message) -> Message:
    return other if one is None or other.sequence > one.sequence else one


def _raise(rises: Mapping[int, _Rise], *, now: datetime) -> None:
    """Write the marks of the participants with these ids.

    First of all whose rows are free, together. A row that another transaction holds is waited for
    afterwards, alone: whoever waits holds nothing, and so nobody waits in a circle. Once one of
    them stayed locked, no other is waited for: together they might take for ever."""
    if not rises:
        return
    busy = rises.keys() - _raise_free(rises, now=now)
    waits = may_wait()
    for place_id in busy:
        raise_one = _raise_one if waits else without_waiting(_raise_one)
        try:
            rises[place_id].refused = raise_one(place_id, rises, now=now)
        except OperationalError as error:
            if not is_held(error):
                raise
            rises[place_id].refused = ErrorCode.UNAVAILABLE
            waits = False


@transaction.atomic
def _raise_free(rises: Mapping[int, _Rise], *, now: datetime) -> set[int]:
    """Lock the rows that are free, so that two devices announce a mark once, and write them. The
    ids of these."""
    rows = Participant.objects.select_for_update(skip_locked=True).filter(pk__in=id_set(rises))
    held = list(rows)
    _write(held, rises, now=now)
    return {row.pk for row in held}


@transaction.atomic
def _raise_one(place_id: int, rises: Mapping[int, _Rise], *, now: datetime) -> ErrorCode | None:
    """Wait for the row, and write it; or why that is refused. Raises an error that ``is_held``."""
    try:
        held = hold_marks(place_id)
    except Refused as refused:
        return refused.code
    _write([held], rises, now=now)
    return None


def _write(held: Sequence[Participant], rises: Mapping[int, _Rise], *, now: datetime) -> None:
    """Write the marks of one person's rows, which are locked, and tell of them."""
    if not held:
        return
    shows = shows_receipts(person_of(held[0].user_id), now=now)
    news = [rises[row.pk].apply(row, shows=shows, now=now) for row in held]
    read_on = [row for row in held if rises[row.pk].reads_on(row, now=now)]
    update_rows(held, (*MARKS, *UNREAD_MARK))
    tell_all([(group, events) for group, events in news if events])
    tell_all([(user_group(row.user_id), [unread_event(row)]) for row in read_on])


def _event(
    kind: ChatMessageType, message: Message, held: Participant, now: datetime
) -> ChatStreamMessage:
    return receipt_event(kind, message, user_id=held.user_id, now=now)
