"""Reads of the people in conversations, as the HTTP API gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q, QuerySet, Subquery
from msgspec import UNSET, Struct

from chatsite.realtime.idset import id_set
from conversations.models import Conversation, KnownPerson, Participant
from conversations.outbound import name_of
from conversations.shapes import PersonInConversation
from presence.models import UserPresence

BOUNDED_AT_ONCE = 50
"""Conversations in one statement that reads a few people of each."""


class _Known(Struct, frozen=True):
    """What is the same of a person in all conversations."""

    name: str
    is_active: bool
    version: int
    shows_receipts: bool


def people_in(
    conversation_ids: Collection[int], *, limit: int | None, with_receipts: bool
) -> Mapping[int, list[PersonInConversation]]:
    """Conversation to those in it, in the order in which they joined; of more than ``limit`` those
    with the lowest ids. With a limit the cost does not follow the size of the conversations."""
    ids = list(conversation_ids)
    if limit is None:
        return people_of(Participant.objects.filter(conversation_id__in=ids), with_receipts)
    found: dict[int, list[PersonInConversation]] = {}
    for start in range(0, len(ids), BOUNDED_AT_ONCE):
        some = _bounded(ids[start : start + BOUNDED_AT_ONCE], limit)
        found.update(people_of(some, with_receipts))
    return defaultdict(list, found)


def people_of(
    places: QuerySet[Participant], with_receipts: bool
) -> Mapping[int, list[PersonInConversation]]:
    """Conversation to the people who have these places in it. What is the same of a person in all
    of them is read once."""
    in_order = places.order_by("pk").values_list(
        "conversation_id",
        "user_id",
        "is_admin",
        "conversation__direct_key",
        "shown_read_sequence",
        "shown_delivered_sequence",
    )
    rows = list(in_order)
    known = _known({user_id for _, user_id, *_ in rows})
    people: defaultdict[int, list[PersonInConversation]] = defaultdict(list)
    for conversation_id, user_id, is_admin, direct_key, read, delivered in rows:
        person = known[user_id]
        shows = with_receipts and person.shows_receipts
        people[conversation_id].append(
            PersonInConversation(
                user_id=user_id,
                name=person.name,
                is_admin=is_admin and direct_key is None,
                is_active=person.is_active,
                version=person.version,
                read_sequence=read if shows else UNSET,
                delivered_sequence=delivered if shows else UNSET,
            )
        )
    return people


def _bounded(conversation_ids: Iterable[int], limit: int) -> QuerySet[Participant]:
    """At most ``limit`` places of each, found by the index on conversation and person."""
    in_it = Participant.objects.filter(conversation=OuterRef("pk")).order_by("user_id")
    first_left_out = Subquery(in_it.values("user_id")[limit : limit + 1])
    bounds = Conversation.objects.filter(pk__in=conversation_ids).annotate(bound=first_left_out)
    wanted = Q(pk__in=[])
    whole: list[int] = []
    for conversation_id, bound in bounds.values_list("pk", "bound"):
        if bound is None:
            whole.append(conversation_id)
        else:
            wanted |= Q(conversation_id=conversation_id, user_id__lt=bound)
    return Participant.objects.filter(wanted | Q(conversation_id__in=whole))


def _known(user_ids: Collection[int]) -> Mapping[int, _Known]:
    accounts = get_user_model()._default_manager.filter(pk__in=id_set(user_ids))
    found: dict[int, _Known] = {}
    for account in accounts.select_related("presence", "known"):
        presence: UserPresence | None = getattr(account, "presence", None)
        known: KnownPerson | None = getattr(account, "known", None)
        found[account.pk] = _Known(
            name=name_of(account),
            is_active=account.is_active,
            version=known.version if known else 0,
            shows_receipts=presence is None or presence.shows_receipts,
        )
    return found
