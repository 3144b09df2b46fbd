"""Reads of conversations, and the one door to them: ``require_participant``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, QuerySet, Sum

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import Held, lock_ids
from chatsite.realtime.wire import ConversationState, PresenceStatus, rfc3339
from conversations.models import UNREAD_MARK, Media, Participant
from conversations.policy import hidden_until, may_type, tells_presence
from conversations.unread import with_unread
from presence.models import UserPresence
from presence.selectors import get_privacy

REMOVAL_LOCK = 0x70616374
"""The class of the advisory locks on people who are being removed. Any number will do."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation of a user."""

    conversation_id: int
    place_id: int
    """Of the row that says so. Who comes again has another, with a higher id."""
    hidden_until: int
    """The sequence of the last message that they may not see."""
    participants: int
    """How many are in it."""


def require_participant(*, conversation_id: int, user_id: int) -> Participant:
    """The user's place in the conversation, with the conversation loaded.

    Raises ``Refused`` (not_a_participant), the same for what is not there and what is not theirs.
    """
    place = (
        Participant.objects.select_related("conversation")
        .filter(conversation_id=conversation_id, user_id=user_id)
        .first()
    )
    if place is None:
        raise Refused(ErrorCode.NOT_A_PARTICIPANT)
    return place


def places_in(conversation_ids: Collection[int], *, user_id: int) -> dict[int, Participant]:
    """Conversation to the user's place in it, with the conversation loaded, where they have one."""
    places = Participant.objects.select_related("conversation").filter(
        conversation_id__in=id_set(conversation_ids), user_id=user_id
    )
    return {place.conversation_id: place for place in places}


def memberships_of(user_ids: Sequence[int]) -> list[list[Membership] | Held]:
    """The conversations of each of the users, for connections that hear already who leaves. If
    this may not wait, those are passed over who are being removed from somewhere."""
    removed = wait_for_removals(user_ids)
    theirs = Participant.objects.filter(user_id__in=id_set(user_ids))
    sizes = sizes_of(theirs.values("conversation_id"))
    found: defaultdict[int, list[Membership]] = defaultdict(list)
    for user_id, pk, place_id, joined_sequence, history_visible in theirs.values_list(
        "user_id",
        "conversation_id",
        "pk",
        "joined_sequence",
        "conversation__history_visible",
    ):
        membership = Membership(
            conversation_id=pk,
            place_id=place_id,
            hidden_until=hidden_until(joined_sequence, history_visible=history_visible),
            participants=sizes[pk],
        )
        found[user_id].append(membership)
    return [Held.HELD if user_id in removed else found[user_id] for user_id in user_ids]


def wait_for_removals(user_ids: Collection[int]) -> set[int]:
    """Wait while one of them is being removed from somewhere: it is told before it is so, and
    who has missed the word must not read that it isn't. If this may not wait: who still is."""
    if connection.vendor != "postgresql":
        with transaction.atomic():
            pass  # Whoever writes has ended now.
        return set()
    return set(user_ids) - lock_ids(REMOVAL_LOCK, user_ids, is_shared=True)


def places_of(user_ids: Collection[int]) -> set[int]:
    """The ids of the places that the users have in conversations, for such connections too."""
    wait_for_removals(user_ids)
    rows = Participant.objects.filter(user_id__in=id_set(user_ids))
    return set(rows.values_list("pk", flat=True))


def conversation_states_of(user_ids: Sequence[int]) -> Mapping[int, list[ConversationState]]:
    """User to what ``ready`` says of each of their conversations."""
    theirs = Participant.objects.filter(user_id__in=id_set(user_ids))
    sizes = sizes_of(theirs.values("conversation_id"))
    states: defaultdict[int, list[ConversationState]] = defaultdict(list)
    for user_id, pk, sequence, read, revision, unread, unread_from, unread_at in with_unread(
        theirs
    ).values_list(
        "user_id",
        "conversation_id",
        "conversation__sequence",
        "read_sequence",
        "conversation__revision",
        "unread",
        *UNREAD_MARK,
    ):
        state = ConversationState(
            conversation_id=pk,
            sequence=sequence,
            read_sequence=read,
            unread=unread,
            unread_from=unread_from,
            unread_at=unread_at and rfc3339(unread_at),
            revision=revision,
            presence_capped=not has_presence(sizes[pk]),
            typing_capped=not has_typing(sizes[pk]),
        )
        states[user_id].append(state)
    return states


def undelivered_to(user_id: int) -> list[int]:
    """The user's conversations of which no device of theirs holds everything yet."""
    behind = Participant.objects.filter(
        user_id=user_id, delivered_sequence__lt=F("conversation__sequence")
    )
    return list(behind.values_list("conversation_id", flat=True))


def sizes_of(conversation_ids: Any) -> Mapping[int, int]:
    """Conversation to how many are in it. Each is counted once, however many people asked."""
    rows = Participant.objects.filter(conversation_id__in=conversation_ids)
    return defaultdict(int, rows.values_list("conversation_id").annotate(size=Count("pk")))


def has_presence(participants: int) -> bool:
    """Whether presence is told in a conversation of this size."""
    return tells_presence(participants=participants, limit=settings.PRESENCE_MAX_AUDIENCE)


def has_typing(participants: int) -> bool:
    """Whether a conversation of this size has a typing line."""
    return may_type(participants=participants, limit=settings.TYPING_MAX_PARTICIPANTS)


def sharing_with(user_id: int) -> Any:
    """Ids of the people who share a conversation with the user, as a subquery."""
    mine = Participant.objects.filter(user_id=user_id).values("conversation_id")
    return (
        Participant.objects.filter(conversation_id__in=mine)
        .exclude(user_id=user_id)
        .values("user_id")
    )


def shown_in(conversation_ids: Collection[int]) -> Mapping[int, list[int]]:
    """Conversation to the ids of those in it who are not offline."""
    rows = Participant.objects.filter(
        conversation_id__in=id_set(conversation_ids), user__presence__isnull=False
    ).exclude(user__presence__status=PresenceStatus.OFFLINE)
    people: defaultdict[int, list[int]] = defaultdict(list)
    for conversation_id, user_id in rows.values_list("conversation_id", "user_id"):
        people[conversation_id].append(user_id)
    return people


def _with_presence(conversation_ids: Any) -> Any:
    """Those in which presence is told. Each is counted once, however many people asked."""
    return (
        Participant.objects.filter(conversation_id__in=conversation_ids)
        .values("conversation_id")
        .annotate(size=Count("pk"))
        .filter(size__lte=settings.PRESENCE_MAX_AUDIENCE)
        .values("conversation_id")
    )


def presences_visible(*, viewer_id: int, user_ids: Collection[int]) -> list[UserPresence]:
    """The presences among ``user_ids`` that the viewer may see: their own, and unless they hide
    it, of those they share with."""
    may_see = Q(user_id=viewer_id)
    if get_privacy(viewer_id).shows_presence:
        may_see |= Q(user_id__in=sharing_with(viewer_id))
    return list(UserPresence.objects.filter(may_see, user_id__in=user_ids))


def presence_audience(user_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """The groups to tell of each person's presence: the setting ``PRESENCE_AUDIENCE``."""
    theirs = Participant.objects.filter(user_id__in=id_set(user_ids))
    told = _with_presence(theirs.values("conversation_id"))
    small = set(told.values_list("conversation_id", flat=True))
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for user_id, conversation_id in theirs.values_list("user_id", "conversation_id"):
        if conversation_id in small:
            groups[user_id].append(conversation_group(conversation_id))
    return groups


def unsent_media() -> QuerySet[Media]:
    """Uploads that no message carries; one that was deleted carries none."""
    return Media.objects.filter(messages=None)


def unsent_bytes(user_id: int) -> int:
    """How much the user uploaded and did not send."""
    total = unsent_media().filter(uploader_id=user_id).aggregate(total=Sum("bytes"))["total"]
    return total or 0


def unsent_since(user_id: int) -> datetime | None:
    """When the user uploaded the oldest of it."""
    oldest = unsent_media().filter(uploader_id=user_id).aggregate(oldest=Min("uploaded_at"))
    found: datetime | None = oldest["oldest"]
    return found
