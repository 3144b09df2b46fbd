"""Reads of presence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from chatsite.realtime.idset import id_set
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.outbound import privacy_of
from presence.policy import Choice, Privacy


def get_presence(user_id: int) -> UserPresence | None:
    """The person's presence, or ``None`` if they never connected."""
    return UserPresence.objects.filter(user_id=user_id).first()


def get_presences(user_ids: Collection[int]) -> dict[int, UserPresence]:
    """User id to presence, for those among them who ever connected."""
    return {row.user_id: row for row in UserPresence.objects.filter(user_id__in=id_set(user_ids))}


def is_online(user_id: int) -> bool:
    """Whether the person is shown as anything but offline."""
    rows = UserPresence.objects.filter(user_id=user_id)
    return rows.exclude(status=PresenceStatus.OFFLINE).exists()


def get_last_seen(user_id: int) -> datetime | None:
    """When the person was last seen; if they are connected, when their lease was last renewed.

    ``None``: they never connected."""
    presence = get_presence(user_id)
    if presence is None:
        return None
    if presence.status == PresenceStatus.OFFLINE or presence.grace_until is not None:
        return presence.last_seen
    renewed = PresenceConnection.objects.filter(user_id=user_id).aggregate(
        at=Max("lease__last_heartbeat")
    )["at"]
    return max(presence.last_seen, renewed or presence.last_seen)


def last_seen_display(user_id: int, *, now: datetime) -> str:
    """When the person was last seen, in words; empty if they never connected."""
    presence = get_presence(user_id)
    return "" if presence is None else presence.last_seen_display(now)


def get_choice(user_id: int, *, now: datetime) -> Choice:
    """The status that the person chose, unless the choice has ended."""
    presence = get_presence(user_id)
    return Choice() if presence is None else presence.choice.at(now)


def get_privacy(user_id: int) -> Privacy:
    """What the person shows of themselves, and so may see of others."""
    presence = get_presence(user_id)
    return Privacy() if presence is None else privacy_of(presence)


def count_connections(*, user_id: int) -> int:
    """How many connections the person has, in all processes."""
    return PresenceConnection.objects.filter(user_id=user_id).count()


def connections_of_process(*, process: str) -> Mapping[UUID, tuple[int, datetime]]:
    """The recorded connections of a process: id to whose it is and when it was opened."""
    rows = PresenceConnection.objects.filter(lease_id=process)
    found = rows.values_list("pk", "user_id", "connected_at")
    return {pk: (user_id, connected_at) for pk, user_id, connected_at in found}


def held_since(*, process: str) -> datetime | None:
    """Since when the lease of a process has held without a break. ``None``: it has none."""
    leases = PresenceLease.objects.filter(pk=process)
    return leases.values_list("started_at", flat=True).first()
