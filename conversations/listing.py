"""Reads of a person's list of conversations: whole, page by page, some of them, or those found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from msgspec import UNSET

from chatsite.realtime.bidi import plain_name
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.wire import Event, rfc3339, to_event
from conversations.models import Conversation as ConversationRow
from conversations.models import Message, NameWord, Participant
from conversations.namewords import AFTER_ALL, asked_words, words_of, words_of_account
from conversations.outbound import message_event
from conversations.people import people_in
from conversations.selectors import has_presence, has_typing, sizes_of
from conversations.shapes import Conversation, Conversations, PersonInConversation
from conversations.unread import with_unread
from presence.selectors import get_privacy

FOUND_LIMIT = 50
"""Conversations that one search gives."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_position = re.compile(r"(\d{1,17})-(\d{1,18})")


class Position(NamedTuple):
    """A place in the list: newest activity first, and of those at one time the highest id."""

    active_at: datetime
    conversation_id: int

    def __str__(self) -> str:
        return f"{(self.active_at - EPOCH) // MICROSECOND}-{self.conversation_id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """What ``str`` made of it. Raises ``Refused`` (invalid_frame)."""
        match = _position.fullmatch(text)
        if match is None or not text.isascii():
            raise Refused(ErrorCode.INVALID_FRAME, "after is none that an answer gave as next.")
        return cls(EPOCH + int(match[1]) * MICROSECOND, int(match[2]))


def conversations_of(
    user_id: int, *, only: Collection[int] | None = None, participants: int | None = None
) -> list[Conversation]:
    """The user's conversations, newest activity first: all of them, or ``only`` these, with at most
    so many ``participants`` of each."""
    places = Participant.objects.filter(user_id=user_id)
    if only is not None:
        places = places.filter(conversation_id__in=only)
    return _shapes(places, user_id=user_id, participants=participants)


def conversations_page(
    user_id: int, *, limit: int, after: Position | None = None, participants: int | None = None
) -> Conversations:
    """The first ``limit`` of the user's conversations that follow ``after`` in the list."""
    places = Participant.objects.filter(user_id=user_id)
    if after is not None:
        places = places.filter(
            Q(conversation__active_at__lt=after.active_at)
            | Q(
                conversation__active_at=after.active_at,
                conversation_id__lt=after.conversation_id,
            )
        )
    rows = _in_order(places).values_list("conversation__active_at", "conversation_id")
    positions = [Position(*row) for row in rows[: limit + 1]]
    shown = [position.conversation_id for position in positions[:limit]]
    return Conversations(
        conversations=conversations_of(user_id, only=shown, participants=participants),
        next=str(positions[limit - 1]) if len(positions) > limit else "",
    )


def conversations_found(
    user_id: int, *, text: str, participants: int | None = None
) -> list[Conversation]:
    """Those of the user's conversations in which each word of the text begins a word of the title,
    or of the names of somebody else in it; at most ``FOUND_LIMIT``, newest activity first."""
    found = _ids_found(user_id, asked_words(text))
    places = Participant.objects.filter(user_id=user_id, conversation_id__in=found)
    first = list(_in_order(places).values_list("conversation_id", flat=True)[:FOUND_LIMIT])
    return conversations_of(user_id, only=first, participants=participants)


def _ids_found(user_id: int, words: list[bytes]) -> set[int]:
    mine = Participant.objects.filter(user_id=user_id)
    said = _own_words(mine)
    found: set[int] | None = None
    for word in words:
        people = NameWord.objects.filter(word__gte=word, word__lt=word + AFTER_ALL)
        places = Participant.objects.filter(
            conversation_id__in=mine.values("conversation_id"),
            user_id__in=people.exclude(user_id=user_id).values("user_id"),
        )
        hits = set(places.values_list("conversation_id", flat=True).distinct())
        hits |= {pk for pk, own in said.items() if any(one.startswith(word) for one in own)}
        found = hits if found is None else found & hits
    return found or set()


def _own_words(mine: QuerySet[Participant]) -> Mapping[int, set[bytes]]:
    """Conversation to the words that no index has: those of its title, and of the names of whom
    it is with, if their account is deactivated."""
    titles = mine.exclude(conversation__title="")
    words = {
        pk: words_of([title])
        for pk, title in titles.values_list("conversation_id", "conversation__title")
    }
    gone = Participant.objects.filter(
        conversation_id__in=mine.values("conversation_id"),
        conversation__direct_key__isnull=False,
        user__known__is_active=False,
    )
    names = gone.values_list(
        "conversation_id",
        "user__known__username",
        "user__known__first_name",
        "user__known__last_name",
    )
    return {**words, **{pk: words_of_account(*own) for pk, *own in names}}


def _in_order(places: QuerySet[Participant]) -> QuerySet[Participant]:
    return places.order_by("-conversation__active_at", "-conversation_id")


def _shapes(
    places: QuerySet[Participant], *, user_id: int, participants: int | None
) -> list[Conversation]:
    # Each with its count, in one statement: what is read apart may not be of the same moment.
    rows = list(_in_order(with_unread(places.select_related("conversation"))))
    ids = [row.conversation_id for row in rows]
    shows = get_privacy(user_id).shows_receipts
    people = people_in(ids, limit=participants, with_receipts=shows)
    sizes = sizes_of(ids)
    last = _last_messages(ids)
    return [
        _shape(row, people[row.conversation_id], sizes[row.conversation_id], last) for row in rows
    ]


def _last_messages(conversation_ids: Collection[int]) -> Mapping[int, Event]:
    rows = Message.objects.filter(
        conversation_id__in=conversation_ids, sequence=F("conversation__sequence")
    ).select_related("sender", "media")
    return {row.conversation_id: to_event(message_event(row)) for row in rows}


def _shape(
    place: Participant,
    people: list[PersonInConversation],
    size: int,
    last: Mapping[int, Event],
) -> Conversation:
    conversation: ConversationRow = place.conversation
    sees_last = conversation.pk in last and place.hidden_until < conversation.sequence
    return Conversation(
        conversation_id=conversation.pk,
        title=plain_name(conversation.title),
        is_direct=conversation.is_direct,
        participants=people,
        participant_count=size,
        last_message=last[conversation.pk] if sees_last else UNSET,
        sequence=conversation.sequence,
        revision=conversation.revision,
        read_sequence=place.read_sequence,
        unread=place.unread,  # type: ignore[attr-defined]  # with_unread annotated it
        unread_from=UNSET if place.unread_from is None else place.unread_from,
        unread_at=UNSET if place.unread_at is None else rfc3339(place.unread_at),
        is_admin=place.may_administer,
        history_visible=conversation.history_visible,
        active_at=rfc3339(conversation.active_at),
        presence_capped=not has_presence(size),
        typing_capped=not has_typing(size),
    )
