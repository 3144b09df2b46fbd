"""Reads of people as such: finding them by name, and whose name or account is another by now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, Max, OuterRef, QuerySet

from chatsite.realtime.idset import id_set
from conversations.lookalikes import skeletons_like
from conversations.models import KnownPerson, NameWord
from conversations.namewords import AFTER_ALL, asked_words, letters_of, words_of_account
from conversations.outbound import name_of
from conversations.selectors import sharing_with
from conversations.shapes import Person

FOUND_LIMIT = 20

COMMON = 10_000
"""People up to whom it is counted how many have a word, where it is counted."""


def search_people(*, viewer_id: int, text: str, limit: int = FOUND_LIMIT) -> list[Person]:
    """Active people, but not the viewer, of whom each word of the text begins a word of their
    names or their user name. Who has the rarest of these words itself comes first."""
    words = asked_words(text)
    ids = list(ids_found(rarest_first(words), viewer_id=viewer_id, limit=limit))
    joined = asked_words(text, joined=True)
    if not ids and joined != words:
        ids = list(ids_found(rarest_first(joined), viewer_id=viewer_id, limit=limit))
    # Deactivated by what told nobody, they still have their words.
    rows = get_user_model()._default_manager.filter(pk__in=ids, is_active=True)
    found = {row.pk: row for row in rows}
    return [
        Person(user_id=pk, name=name_of(found[pk]), username=found[pk].get_username())
        for pk in ids
        if pk in found
    ]


def ids_found(words: Sequence[bytes], *, viewer_id: int, limit: int) -> QuerySet[NameWord, int]:
    """The ids of those who have a word that begins with each of these, the rarest first. They are
    taken in the order of the index, and so at once, however many have a word like the first."""
    if not words:
        return NameWord.objects.none().values_list("user_id", flat=True)
    first, *others = words
    letters = letters_of(words)
    same_person = NameWord.objects.filter(user_id=OuterRef("user_id"))
    # Whoever has several such words is found by the first of them.
    earlier = same_person.filter(word__gte=first, word__lt=OuterRef("word"))
    rows = _beginning_with(first, NameWord.objects.exclude(user_id=viewer_id))
    if others:
        common = ExpressionWrapper(F("letters").bitand(letters), BigIntegerField())
        rows = rows.alias(common=common).filter(common=letters)
    rows = rows.filter(~Exists(earlier))
    for word in others:
        rows = rows.filter(Exists(_beginning_with(word, same_person)))
    return rows.order_by("word", "user_id").values_list("user_id", flat=True)[:limit]


def rarest_first(words: Sequence[bytes]) -> list[bytes]:
    """The words, in front the one that the fewest people have, as far as that is known at once."""
    return sorted(words, key=_how_many_have) if len(words) > 1 else list(words)


def _how_many_have(word: bytes) -> int:
    """About how many have a word that begins so. PostgreSQL's planner knows without a look;
    elsewhere there are few enough to be counted, up to a limit."""
    rows = _beginning_with(word, NameWord.objects.all())
    if connection.vendor != "postgresql":
        return rows[:COMMON].count()
    estimate: int = msgspec.json.decode(rows.explain(format="json"))[0]["Plan"]["Plan Rows"]
    return estimate


def _beginning_with(word: bytes, rows: QuerySet[NameWord]) -> QuerySet[NameWord]:
    return rows.filter(word__gte=word, word__lt=word + AFTER_ALL)


def unsettled(user_ids: Collection[int]) -> list[int]:
    """Those among the accounts that are not as they were last told of."""
    if not user_ids:
        return []
    return _unsettled(get_user_model()._default_manager.filter(pk__in=id_set(user_ids)))


def unsettled_after(user_id: int, *, limit: int) -> tuple[list[int], int | None]:
    """Those among the next ``limit`` accounts after this one that are not as they were last told
    of, and the last account looked at; ``None``: there are none after it."""
    accounts = get_user_model()._default_manager.filter(pk__gt=user_id)
    last = accounts.order_by("pk").values_list("pk", flat=True)[limit - 1 : limit].first()
    if last is not None:
        accounts = accounts.filter(pk__lte=last)
    return _unsettled(accounts), last


def misindexed(after: int, last: int | None) -> list[int]:
    """The active people after this one, up to the last, who have other words than their names, as
    they were last told of, have by now: another release made them."""
    people = KnownPerson.objects.filter(user_id__gt=after, is_active=True)
    words = NameWord.objects.filter(user_id__gt=after)
    if last is not None:
        people, words = people.filter(user_id__lte=last), words.filter(user_id__lte=last)
    kept: defaultdict[int, set[bytes]] = defaultdict(set)
    for user_id, word in words.values_list("user_id", "word"):
        kept[user_id].add(bytes(word))
    names = people.order_by("pk").values_list("pk", "username", "first_name", "last_name")
    return [pk for pk, *own in names if words_of_account(*own) != kept[pk]]


def _unsettled(accounts: QuerySet[Any]) -> list[int]:
    same = accounts.exclude(
        known__username=F(get_user_model().USERNAME_FIELD),
        known__first_name=F("first_name"),
        known__last_name=F("last_name"),
        known__is_active=F("is_active"),
        known__skeleton__gt="",
    )
    return list(same.order_by("pk").values_list("pk", flat=True))


def looks_taken(username: str) -> bool:
    """Whether somebody else has a user name that can't be told from this one at a glance."""
    alike = KnownPerson.objects.filter(skeleton__in=skeletons_like(username))
    return alike.exclude(username=username).exists()


def last_account_id() -> int:
    """The highest id of an account; 0: there is none."""
    highest = get_user_model()._default_manager.aggregate(highest=Max("pk"))["highest"]
    return highest or 0


def people_version() -> int:
    """How many changes of names there were on the site, as of the last that is stored."""
    changed = KnownPerson.objects.filter(version__gt=0)
    return changed.aggregate(highest=Max("version"))["highest"] or 0


def people_changed(*, viewer_id: int, after: int) -> list[KnownPerson]:
    """The people whose name or account changed after that version, among those who share a
    conversation with the viewer, and the viewer."""
    changed = KnownPerson.objects.filter(version__gt=max(after, 0))
    around = changed.filter(user_id__in=sharing_with(viewer_id))
    return list(around.union(changed.filter(user_id=viewer_id)).order_by("version"))
