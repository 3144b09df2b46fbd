"""What a person's connections and choice come to, and the steps from one status to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from chatsite.realtime.idset import id_set
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, UserPresence
from presence.policy import grace, status_of
from presence.services.announcing import announce


def current_status(person: UserPresence, *, now: datetime) -> PresenceStatus:
    """The status that follows from the person's connections and choice. Lock the person first."""
    rows = PresenceConnection.objects.filter(user_id=person.user_id)
    return status_from(person, list(rows.values_list("is_idle", flat=True)), now=now)


def status_from(person: UserPresence, idle: list[bool], *, now: datetime) -> PresenceStatus:
    """``current_status`` from connections that were read before: ``idle`` has an item for each."""
    return status_of(
        chosen=person.choice.at(now).status, is_hidden=person.is_hidden, connections=idle
    )


def idle_by_user(user_ids: Collection[int]) -> defaultdict[int, list[bool]]:
    """For each user id, whether each of the person's connections is idle."""
    idle: defaultdict[int, list[bool]] = defaultdict(list)
    rows = PresenceConnection.objects.filter(user_id__in=id_set(user_ids))
    for user_id, is_idle in rows.values_list("user_id", "is_idle"):
        idle[user_id].append(is_idle)
    return idle


def show(person: UserPresence, status: PresenceStatus, *, now: datetime) -> bool:
    """Set the status that others see, and announce it: one transition, one event.

    The person is locked, and saved by the caller. Returns whether it is announced now.
    """
    changes = change(person, status, seen=now)
    if changes:
        announce([person], now=now)
    return changes


def change(person: UserPresence, status: PresenceStatus, *, seen: datetime) -> bool:
    """Set the status that others see; returns whether the caller has to announce it now.

    Going offline is never announced now. The person is shown as before until a grace has passed,
    whether they left, hide, or chose to appear offline, so that nobody can tell which. Their last
    seen is the moment at which the grace began, and does not move from then on. It never moves
    back: a process may have been stopped between reading the clock and locking the person.
    """
    if status is PresenceStatus.OFFLINE:
        _begin_grace(person, now=seen)
        return False
    person.grace_until = None
    person.last_seen = max(person.last_seen, seen)
    changes = person.status != status
    if changes:
        person.status = status
        person.sequence += 1
    return changes


def renew(person: UserPresence, *, now: datetime) -> None:
    """Record a sign of life of the locked person, unless a later one is recorded."""
    person.last_heartbeat = max(person.last_heartbeat, now)


def go_offline(person: UserPresence, *, now: datetime) -> None:
    """Set and announce offline at once, without a grace. The caller saves the locked person."""
    if person.status == PresenceStatus.OFFLINE:
        return
    if person.grace_until is None:
        person.last_seen = max(person.last_seen, now)
    person.grace_until = None
    person.status = PresenceStatus.OFFLINE
    person.sequence += 1
    announce([person], now=now)


def _begin_grace(person: UserPresence, *, now: datetime) -> None:
    """The end is stored, so that it outlives this process. A grace that runs is not extended."""
    if person.status != PresenceStatus.OFFLINE and person.grace_until is None:
        person.last_seen = max(person.last_seen, now)
        person.grace_until = now + grace()
