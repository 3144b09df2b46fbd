"""The sweep: sets people offline whose processes or clients stopped renewing their presence.

A sweep has five steps, each in batches of one transaction and one announcement:

1. Set people offline whose grace ends later than a grace can, since the clock was set back.
2. Delete the connections of expired leases, and set the status that follows from what is left.
3. Set people offline whose grace has passed.
4. Set people offline who have neither a connection, nor a grace, nor a recent heartbeat.
5. End the chosen statuses whose time has come.

Several sweeps may run at once. Rows that are locked elsewhere, by another sweep for example, are
skipped and left to the next sweep. Every condition is checked again under the lock: two sweeps
announce a person once, and a lease that was renewed in between is not swept.
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
    "last_seen",
    "grace_until",
)
"""The columns that a sweep reads of a person. Times are the most expensive to read."""


class SweepResult(msgspec.Struct, frozen=True):
    """What a sweep did, or would do."""

    connections: int
    """How many connections of expired leases were deleted."""
    offline: list[int]
    """Ids of the people who went offline."""
    ended: list[int] = []
    """Ids of the people whose chosen status ended."""


class _Batch(msgspec.Struct, frozen=True):
    connections: int
    offline: list[int]


class _Outcome(msgspec.Struct, frozen=True):
    """The outcome for a person whose connections were swept."""

    status: PresenceStatus
    changes: bool
    is_connected: bool
    renewed_at: datetime
    """The last renewal of one of their leases, or their last heartbeat."""
    seen: datetime
    """The same, or what others were told before if that is later."""


def sweep(*, now: datetime, dry_run: bool = False, batch_size: int = BATCH_SIZE) -> SweepResult:
    """Sweep once, in the steps above. A dry run only reads, and says what a sweep would do."""
    if dry_run:
        return _forecast(now=now)
    connections = 0
    # First: the other steps take time, in which this process may even be stopped. Compared with
    # ``now``, a grace that begins meanwhile would look like one of a clock that was set back.
    offline = _expire(_ahead(now), seen="last_seen", now=now, batch_size=batch_size)
    while (batch := _sweep_leases(now=now, batch_size=batch_size)) is not None:
        connections += batch.connections
        offline += batch.offline
    offline += settle_grace(now=now, batch_size=batch_size)
    offline += _expire(_silent(now), seen="last_heartbeat", now=now, batch_size=batch_size)
    # Last, so that a person who is gone does not appear online for a moment.
    ended = without_waiting(end_choices)(now=now)
    return SweepResult(connections=connections, offline=offline, ended=ended)


def is_sweep_due(*, process: str, now: datetime) -> bool:
    """Whether a sweep would find anything: one read without a lock, one index for each step.

    Also ``False`` for a process whose lease is lost, until it renews it.
    """
    settled = (_past_grace(now), _ahead(now), _silent(now))
    causes = (_dead_leases(now), *map(_shown, settled), over(now))
    anything = reduce(or_, (Q(Exists(cause)) for cause in causes))
    return PresenceLease.objects.filter(anything, pk=process).exists()


def settle_grace(*, now: datetime, batch_size: int = BATCH_SIZE) -> list[int]:
    """Set people offline whose grace has passed; they were last seen when it began."""
    return _expire(_past_grace(now), seen="last_seen", now=now, batch_size=batch_size)


def _past_grace(now: datetime) -> Q:
    return Q(grace_until__lte=now)


def _ahead(now: datetime) -> Q:
    """The grace ends later than a grace can: the clock was set back meanwhile."""
    return Q(grace_until__gt=now + grace() + LEASE_SLACK)


def _silent(now: datetime) -> Q:
    """No connection, no grace, and no recent heartbeat."""
    long_ago = now - presence_timeout()
    return Q(is_connected=False, grace_until=None, last_heartbeat__lt=long_ago)


def _shown(condition: Q) -> QuerySet[UserPresence]:
    return UserPresence.objects.filter(condition).exclude(status=PresenceStatus.OFFLINE)


def _expire(condition: Q, *, seen: str, now: datetime, batch_size: int) -> list[int]:
    """Set the people offline, last seen at the time in the column ``seen``."""
    offline: list[int] = []
    while batch := _expire_batch(condition, seen=seen, now=now, batch_size=batch_size):
        offline += batch
    return offline


@transaction.atomic
def _expire_batch(condition: Q, *, seen: str, now: datetime, batch_size: int) -> list[int]:
    """Check the condition again under the lock: a person who came back meanwhile is skipped."""
    rows = _shown(condition).select_for_update(skip_locked=True).only(*_NEEDED)
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
    """Sweep one batch of people with connections of expired leases. ``None``: nobody is left who
    is not locked elsewhere.

    The leases are locked, so a stalled process that renews its lease waits, and then learns that
    it is lost. People are locked after leases, as when a connection opens.
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
    """For each user id, the last renewal of a lease of their stale connections."""
    seen: dict[int, datetime] = {}
    for user_id, process in stale.values_list("user_id", "lease_id"):
        seen[user_id] = max(seen.get(user_id, beats[process]), beats[process])
    return seen


def _settle(people: list[UserPresence], seen: dict[int, datetime], *, now: datetime) -> list[int]:
    """Set the statuses that follow from the people's remaining connections; returns the ids of
    those who went offline.

    People with the same outcome share one UPDATE; after a process was killed, that is nearly all.
    """
    connections = idle_by_user([person.user_id for person in people])
    outcomes: defaultdict[_Outcome, list[UserPresence]] = defaultdict(list)
    for person in people:
        left = connections[person.user_id]
        outcome = _outcome_of(
            person,
            status_from(person, left, now=now),
            is_connected=bool(left),
            seen=seen[person.user_id],
        )
        outcomes[outcome].append(person)
    for outcome, sharing in outcomes.items():
        _apply(outcome, sharing)
    changed = {outcome: sharing for outcome, sharing in outcomes.items() if outcome.changes}
    announce((person for sharing in changed.values() for person in sharing), now=now)
    gone = [sharing for outcome, sharing in changed.items() if not outcome.is_connected]
    return [person.user_id for sharing in gone for person in sharing]


def _outcome_of(
    person: UserPresence, status: PresenceStatus, *, is_connected: bool, seen: datetime
) -> _Outcome:
    # A person whose grace runs already goes offline when it is over, like everybody else.
    is_going = status is PresenceStatus.OFFLINE and person.grace_until is not None
    return _Outcome(
        status=status,
        changes=person.status != status and not is_going,
        is_connected=is_connected,
        renewed_at=max(person.last_heartbeat, seen),
        seen=max(person.last_heartbeat, person.last_seen, seen),
    )


def _apply(outcome: _Outcome, people: list[UserPresence]) -> None:
    """Write the outcome to the rows and to these instances of them."""
    shown: dict[str, Any] = {}
    if outcome.changes:
        shown = {
            "status": outcome.status,
            "sequence": F("sequence") + 1,
            "last_seen": outcome.seen,
        }
    UserPresence.objects.filter(user_id__in=id_set([person.user_id for person in people])).update(
        is_connected=outcome.is_connected, last_heartbeat=outcome.renewed_at, **shown
    )
    for person in people:
        person.is_connected = outcome.is_connected
        if outcome.changes:
            person.status = outcome.status
            person.sequence += 1
            person.last_seen = outcome.seen


def stale_people(*, now: datetime) -> QuerySet[UserPresence, Any]:
    """The ids, as ``pk``, of the people whom a sweep would set offline. Each cause is a query of
    its own, and so uses its own index."""
    first, *others = (
        _shown(cause).values("pk")
        for cause in (_lost(now), _past_grace(now), _ahead(now), _silent(now))
    )
    return first.union(*others)


def _dead(now: datetime) -> Q:
    return Q(lease__last_heartbeat__lt=now - lease_timeout())


def _lost(now: datetime) -> Q:
    """All their connections are of expired leases, and no grace runs."""
    stale = PresenceConnection.objects.filter(_dead(now))
    theirs = PresenceConnection.objects.filter(user_id=OuterRef("user_id"))
    nobody = ~Exists(theirs.exclude(_dead(now)))
    return Q(nobody, user_id__in=stale.values("user_id"), grace_until=None)


def _forecast(*, now: datetime) -> SweepResult:
    """What a sweep would do; read without a lock."""
    stale = PresenceConnection.objects.filter(_dead(now))
    offline = UserPresence.objects.filter(pk__in=stale_people(now=now)).order_by("user_id")
    return SweepResult(
        connections=stale.count(),
        offline=list(offline.values_list("user_id", flat=True)),
        ended=ending_choices(now=now),
    )
