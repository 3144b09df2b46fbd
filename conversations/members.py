"""Reads of who is in one conversation, page by page, or found by name."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from chatsite.realtime.errors import ErrorCode, Refused
from conversations.models import NameWord, Participant
from conversations.namewords import AFTER_ALL, asked_words
from conversations.people import people_of
from conversations.selectors import sizes_of
from conversations.shapes import Participants
from presence.selectors import get_privacy

_position = re.compile(r"([01])-(\d{1,18})")


class Position(NamedTuple):
    """A place among those in a conversation: admins first, and then by their ids."""

    is_admin: bool
    user_id: int

    def __str__(self) -> str:
        return f"{int(self.is_admin)}-{self.user_id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """What ``str`` made of it. Raises ``Refused`` (invalid_frame)."""
        match = _position.fullmatch(text)
        if match is None or not text.isascii():
            raise Refused(ErrorCode.INVALID_FRAME, "after is none that an answer gave as next.")
        return cls(match[1] == "1", int(match[2]))


def participants_page(
    place: Participant, *, limit: int, after: Position | None = None, text: str = ""
) -> Participants:
    """The first ``limit`` of those in the conversation of this place that follow ``after``. With a
    ``text`` only active people of whom each word of it begins a word of their names."""
    places = Participant.objects.filter(conversation_id=place.conversation_id)
    found = _behind(_named(places, text), after).order_by("-is_admin", "user_id")
    positions = [Position(*row) for row in found.values_list("is_admin", "user_id")[: limit + 1]]
    shown = [position.user_id for position in positions[:limit]]
    shows = get_privacy(place.user_id).shows_receipts
    people = people_of(places.filter(user_id__in=shown), shows)[place.conversation_id]
    rank = {user_id: number for number, user_id in enumerate(shown)}
    return Participants(
        participants=sorted(people, key=lambda person: rank[person.user_id]),
        participant_count=sizes_of([place.conversation_id])[place.conversation_id],
        next=str(positions[limit - 1]) if len(positions) > limit else "",
    )


def _named(places: QuerySet[Participant], text: str) -> QuerySet[Participant]:
    own = NameWord.objects.filter(user_id=OuterRef("user_id"))
    for word in asked_words(text):
        places = places.filter(Exists(own.filter(word__gte=word, word__lt=word + AFTER_ALL)))
    return places


def _behind(places: QuerySet[Participant], after: Position | None) -> QuerySet[Participant]:
    if after is None:
        return places
    behind = Q(is_admin=after.is_admin, user_id__gt=after.user_id)
    return places.filter(behind | Q(is_admin=False)) if after.is_admin else places.filter(behind)
