"""Locking people's rows and writing them back.

Every change of a person is made under the lock of their row, in a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import lock_ids, may_wait
from chatsite.realtime.rowset import update_rows
from presence.models import UserPresence

NEWCOMER_LOCK = 0x6E657763
"""The class of the advisory locks on people who have no row yet. Any number will do."""

COLUMNS = [field.name for field in UserPresence._meta.concrete_fields if not field.primary_key]


def lock_person(user_id: int, *, now: datetime) -> UserPresence:
    """Lock the person's row, so that two closing tabs can't each think that the other is open.

    The row is created if it is missing: of two first tabs one creates it and the other waits.
    Work that may not wait raises an error that ``is_held`` if the row is locked elsewhere.
    """
    person, _ = UserPresence.objects.select_for_update(nowait=not may_wait()).get_or_create(
        user_id=user_id, defaults={"last_heartbeat": now, "last_seen": now}
    )
    return person


def lock_people(user_ids: Collection[int]) -> list[UserPresence]:
    """Lock the rows of several people, always in the same order, which rules out deadlocks.

    Work that may not wait skips the rows that are locked elsewhere.
    """
    rows = UserPresence.objects.select_for_update(skip_locked=not may_wait())
    return list(rows.filter(user_id__in=id_set(user_ids)).order_by("user_id"))


def lock_or_create_people(user_ids: Collection[int], *, now: datetime) -> list[UserPresence]:
    """``lock_people`` for people some of whom may not have a row yet.

    All missing rows are created before any row is locked, so a transaction that waits for a row
    that another one is creating holds no row. An advisory lock is taken before a row is created:
    unlike a row that is being created, it can be skipped.
    """
    known = set(
        UserPresence.objects.filter(user_id__in=id_set(user_ids)).values_list("user_id", flat=True)
    )
    UserPresence.objects.bulk_create(
        [
            UserPresence(user_id=user_id, last_heartbeat=now, last_seen=now)
            for user_id in sorted(lock_ids(NEWCOMER_LOCK, set(user_ids) - known))
        ],
        ignore_conflicts=True,
    )
    return lock_people(user_ids)


def save_people(people: Sequence[UserPresence]) -> None:
    """Write locked people with one statement, however much they differ."""
    update_rows(people, COLUMNS)
