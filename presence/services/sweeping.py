"""The sweep: settles those for whom nobody vouches any more. Any number may run at once.

Each batch is one transaction and one announcement. What somebody else holds, such as another
sweep, is passed over, and settled in the next sweep if it still is to be. Conditions are repeated
under the lock: two announce a person once, and a beat in between wins.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import without_waiting
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.policy import LEASE_SLACK, grace, lease_timeout, presence_timeout
from presence.services.announcing import announce
from presence.services.choosing import end_choices, ending_choices, over
from presence.services.transitions import idle_by_user, status_from

BATCH_SIZE = 1000
"""People in one transaction, and in one announcement."""

_NEEDED = (
    "status",
    "chosen_status",
    "chosen_until",
    "is_hidden",
    "is_connected",
    "sequence",
    "last_heartbeat",
    "grace_until",
)
"""The columns of a person that are needed to settle them: reading a time takes longest."""


class SweepResult(msgspec.Struct, frozen=True):
    """What a sweep did, or would do."""

    connections: int
    """Connections of processes that no longer beat."""
    offline: list[int]
    """Ids of the people who went offline."""
    ended: list[int] = []
    """Ids of the people whose chosen status ended by itself."""


class _Batch(msgspec.Struct, frozen=True):
    connections: int
    offline: list[int]


class _Fate(msgspec.Struct, frozen=True):
    """What becomes of a person whose connections were swept."""

    status: PresenceStatus
    changes: bool
    is_connected: bool
    vouched: datetime
    """The last moment something vouched for them."""


def sweep(*, now: datetime, dry_run: bool = False, batch_size: int = BATCH_SIZE) -> SweepResult:
    """Settle connections of dead leases, passed graces, people without a heartbeat, and chosen
    statuses whose time has come."""
    if dry_run:
        return _forecast(now=now)
    connections = 0
    offline: list[int] = []
    while (batch := _sweep_leases(now=now, batch_size=batch_size)) is not None:
        connections += batch.connections
        offline += batch.offline
    offline += settle_grace(now=now, batch_size=batch_size)
    offline += _expire(_silent(now), seen="last_heartbeat", now=now, batch_size=batch_size)
    # Last, so that who is gone is not shown as online for a moment before.
    ended = without_waiting(end_choices)(now=now)
    return SweepResult(connections=connections, offline=offline, ended=ended)


def is_sweep_due(*, process: str, now: datetime) -> bool:
    """Whether a sweep would find anything, by one read that locks nothing: each cause is looked for
    by its own index. ``False`` also of a process whose lease is lost, until it beats again."""
    causes = (_dead_leases(now), _shown(_past_grace(now)), _shown(_silent(now)), over(now))
    anything = reduce(or_, (Q(Exists(cause)) for cause in causes))
    return PresenceLease.objects.filter(anything, pk=process).exists()


def settle_grace(*, now: datetime, batch_size: int = BATCH_SIZE) -> list[int]:
    """Show as offline whose grace has passed, last seen when it began."""
    return _expire(_past_grace(now), seen="last_seen", now=now, batch_size=batch_size)


def _past_grace(now: datetime) -> Q:
    """Over, or further off than a grace is long: then the clock was set back meanwhile."""
    ahead = now + grace() + LEASE_SLACK
    return Q(grace_until__lte=now) | Q(grace_until__gt=ahead)


def _silent(now: datetime) -> Q:
    """Nobody's connection, nobody's grace, and no heartbeat: whoever wrote them is gone."""
    long_ago = now - presence_timeout()
    return Q(is_connected=False, grace_until=None, last_heartbeat__lt=long_ago)


def _shown(condition: Q) -> QuerySet[UserPresence]:
    return UserPresence.objects.filter(condition).exclude(status=PresenceStatus.OFFLINE)


def _expire(condition: Q, *, seen: str, now: datetime, batch_size: int) -> list[int]:
    """Show the people as offline, last seen at the time in the column ``seen``."""
    offline: list[int] = []
    while batch := _expire_batch(condition, seen=seen, now=now, batch_size=batch_size):
        offline += batch
    return offline


@transaction.atomic
def _expire_batch(condition: Q, *, seen: str, now: datetime, batch_size: int) -> list[int]:
    """The condition holds under the lock of each row: who came back meanwhile is left alone."""
    rows = _shown(condition).select_for_update(skip_locked=True).only(*_NEEDED, seen)
    people = list(rows[:batch_size])
    ids = [person.user_id for person in people]
    if not ids:
        return ids
    UserPresence.objects.filter(user_id__in=id_set(ids)).update(
        status=PresenceStatus.OFFLINE,
        sequence=F("sequence") + 1,
        last_seen=F(seen),
        grace_until=None,
    )
    for person in people:
        person.status = PresenceStatus.OFFLINE
        person.sequence += 1
        person.last_seen = getattr(person, seen)
        person.grace_until = None
    announce(people, now=now)
    return ids


@transaction.atomic
def _sweep_leases(*, now: datetime, batch_size: int) -> _Batch | None:
    """One batch of people with connections on dead leases. ``None``: there are none who are free.

    The leases are held, so a stalled process that beats again waits, and learns that its lease
    is gone; people are held after them, as when a connection opens.
    """
    dead = _dead_leases(now).select_for_update(skip_locked=True).order_by("process")
    beats = dict(dead.values_list("process", "last_heartbeat"))
    stale = PresenceConnection.objects.filter(lease_id__in=beats)
    theirs = UserPresence.objects.filter(user_id__in=stale.values("user_id")).order_by("user_id")
    people = list(theirs.select_for_update(skip_locked=True).only(*_NEEDED)[:batch_size])
    if not people:
        nobodys, _ = stale.filter(user__presence=None).delete()
        PresenceLease.objects.filter(pk__in=beats, connections=None).delete()
        return _Batch(connections=nobodys, offline=[]) if nobodys else None
    ids = [person.user_id for person in people]
    seen = _last_beats(stale.filter(user_id__in=id_set(ids)), beats)
    connections, _ = stale.filter(user_id__in=id_set(ids)).delete()
    offline = _settle(people, seen, now=now)
    return _Batch(connections=connections, offline=offline)


def _dead_leases(now: datetime) -> QuerySet[PresenceLease]:
    return PresenceLease.objects.filter(last_heartbeat__lt=now - lease_timeout())


def _last_beats(
    stale: QuerySet[PresenceConnection], beats: dict[str, datetime]
) -> dict[int, datetime]:
    """User id to the last beat that vouched for one of their stale connections."""
    seen: dict[int, datetime] = {}
    for user_id, process in stale.values_list("user_id", "lease_id"):
        seen[user_id] = max(seen.get(user_id, beats[process]), beats[process])
    return seen


def _settle(people: list[UserPresence], seen: dict[int, datetime], *, now: datetime) -> list[int]:
    """Show what the people's remaining connections come to; the ids of those who have none.

    People of one fate share one UPDATE: those of a killed process nearly all do.
    """
    connections = idle_by_user([person.user_id for person in people])
    fates: defaultdict[_Fate, list[UserPresence]] = defaultdict(list)
    for person in people:
        left = connections[person.user_id]
        fate = _fate_of(
            person,
            status_from(person, left, now=now),
            is_connected=bool(left),
            seen=seen[person.user_id],
        )
        fates[fate].append(person)
    for fate, sharing in fates.items():
        _meet(fate, sharing)
    changed = {fate: sharing for fate, sharing in fates.items() if fate.changes}
    announce((person for sharing in changed.values() for person in sharing), now=now)
    gone = [sharing for fate, sharing in changed.items() if not fate.is_connected]
    return [person.user_id for sharing in gone for person in sharing]


def _fate_of(
    person: UserPresence, status: PresenceStatus, *, is_connected: bool, seen: datetime
) -> _Fate:
    # Those who are going already are shown as offline when their grace is over, like others.
    is_going = status is PresenceStatus.OFFLINE and person.grace_until is not None
    return _Fate(
        status=status,
        changes=person.status != status and not is_going,
        is_connected=is_connected,
        vouched=max(person.last_heartbeat, seen),
    )


def _meet(fate: _Fate, people: list[UserPresence]) -> None:
    """Write it to the rows, and to the people who stand for them here."""
    shown: dict[str, Any] = {}
    if fate.changes:
        shown = {"status": fate.status, "sequence": F("sequence") + 1, "last_seen": fate.vouched}
    UserPresence.objects.filter(user_id__in=id_set([person.user_id for person in people])).update(
        is_connected=fate.is_connected, last_heartbeat=fate.vouched, **shown
    )
    for person in people:
        person.is_connected = fate.is_connected
        if fate.changes:
            person.status = fate.status
            person.sequence += 1
            person.last_seen = fate.vouched


def stale_people(*, now: datetime) -> QuerySet[UserPresence, Any]:
    """The ids, as ``pk``, of those who would go offline in a sweep. Each cause is looked for by
    itself, and so by its own index."""
    first, *others = (
        _shown(cause).values("pk") for cause in (_lost(now), _past_grace(now), _silent(now))
    )
    return first.union(*others)


def _dead(now: datetime) -> Q:
    return Q(lease__last_heartbeat__lt=now - lease_timeout())


def _lost(now: datetime) -> Q:
    """All their connections are of processes that no longer beat, and no grace runs."""
    stale = PresenceConnection.objects.filter(_dead(now))
    theirs = PresenceConnection.objects.filter(user_id=OuterRef("user_id"))
    nobody = ~Exists(theirs.exclude(_dead(now)))
    return Q(nobody, user_id__in=stale.values("user_id"), grace_until=None)


def _forecast(*, now: datetime) -> SweepResult:
    """What a sweep would do, read without a lock."""
    stale = PresenceConnection.objects.filter(_dead(now))
    offline = UserPresence.objects.filter(pk__in=stale_people(now=now)).order_by("user_id")
    return SweepResult(
        connections=stale.count(),
        offline=list(offline.values_list("user_id", flat=True)),
        ended=ending_choices(now=now),
    )
