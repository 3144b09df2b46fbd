"""Following changes of accounts: those who share a conversation are told, and search finds the
person by their new names.

An account may be changed by its own ``save()``, which Django reports, or in ways that nothing
reports. Therefore what was announced last is kept beside the account, and differences are settled
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction

from chatsite.realtime.controls import Renamed
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.idset import id_set
from chatsite.realtime.wire import ChatStreamMessage
from conversations.directory import people_version, unsettled, unsettled_after
from conversations.lookalikes import skeleton
from conversations.models import KnownPerson, NameWord, Participant
from conversations.namewords import letters_of, words_of_account
from conversations.outbound import name_of, person_event
from conversations.services.holding import hold_people
from conversations.services.telling import signal, tell_all

PEOPLE_BATCH = 500
"""Accounts that are settled in one transaction."""

LOOK_LIMIT = 5_000
"""Accounts that are checked in one turn, beside those that are connected."""

SETTLED_FIELDS = (
    "name",
    "username",
    "first_name",
    "last_name",
    "is_active",
    "skeleton",
    "version",
)


class Looked(NamedTuple):
    """The outcome of checking accounts."""

    settled: int
    """How many accounts had changed, and are settled now."""
    after: int
    """The account after which the next check continues."""


def settle_people(user_ids: Collection[int], *, is_new: bool = False) -> int:
    """Index these accounts by their current names, and announce what changed. Returns how many were
    settled. Accounts that were never seen before are announced too, unless they are new: then
    nobody knows them by another name."""
    ids = unsettled(user_ids)
    for start in range(0, len(ids), PEOPLE_BATCH):
        _settle(ids[start : start + PEOPLE_BATCH], is_new=is_new)
    return len(ids)


def look_at_people(*, connected: Collection[int], after: int, limit: int = LOOK_LIMIT) -> Looked:
    """Settle changes that nothing reported: of connected people, and of some of all accounts. Turn
    by turn, every account is checked."""
    ids, last = unsettled_after(after, limit=limit)
    settled = settle_people(connected) + settle_people(ids, is_new=True)
    return Looked(settled, 0 if last is None else last)


@transaction.atomic
def index_anew(user_ids: Collection[int]) -> None:
    """Index the accounts again. Nothing is announced, since their names are the same."""
    hold_people()
    _keep_words(KnownPerson.objects.filter(pk__in=id_set(user_ids)))


@transaction.atomic
def _settle(user_ids: Sequence[int], *, is_new: bool) -> None:
    hold_people()
    accounts = get_user_model()._default_manager.in_bulk(user_ids)
    before = KnownPerson.objects.in_bulk(user_ids)
    known = [_as_it_is(account) for account in accounts.values()]
    version = people_version()
    told: list[KnownPerson] = []
    for person in known:
        was = before.get(person.user_id)
        person.version = was.version if was else 0
        if _is_told(person, was, is_new=is_new):
            version += 1
            person.version = version
            told.append(person)
    KnownPerson.objects.bulk_create(
        known, update_conflicts=True, unique_fields=["user"], update_fields=SETTLED_FIELDS
    )
    _keep_words(known)
    _tell(told)


def _as_it_is(account: Any) -> KnownPerson:
    return KnownPerson(
        user_id=account.pk,
        name=name_of(account),
        username=account.get_username(),
        first_name=account.first_name,
        last_name=account.last_name,
        is_active=account.is_active,
        skeleton=skeleton(account.get_username()),
    )


def _is_told(person: KnownPerson, was: KnownPerson | None, *, is_new: bool) -> bool:
    """Whether others can see what changed."""
    if was is None:
        return not is_new
    return (person.name, person.is_active) != (was.name, was.is_active)


def _keep_words(known: Collection[KnownPerson]) -> None:
    """Index the people. Only active ones are found."""
    NameWord.objects.filter(user_id__in=[person.user_id for person in known]).delete()
    rows: list[NameWord] = []
    for person in known:
        if person.is_active:
            words = words_of_account(person.username, person.first_name, person.last_name)
            letters = letters_of(words)
            rows += [
                NameWord(user_id=person.user_id, word=word, letters=letters)
                for word in sorted(words)
            ]
    NameWord.objects.bulk_create(rows)


def _tell(people: Sequence[KnownPerson]) -> None:
    """Announce the people in the groups of their conversations, large ones included, which have
    names even where presence is not announced; and in their own groups, since they may be in no
    conversation."""
    if not people:
        return
    events = {person.user_id: person_event(person) for person in people}
    by_group: defaultdict[str, list[ChatStreamMessage]] = defaultdict(list)
    for person in people:
        by_group[user_group(person.user_id)].append(events[person.user_id])
        signal(user_group(person.user_id), Renamed(name=person.name))
    places = Participant.objects.filter(user_id__in=events)
    for conversation_id, user_id in places.values_list("conversation_id", "user_id"):
        by_group[conversation_group(conversation_id)].append(events[user_id])
    tell_all(list(by_group.items()))
