"""Reads of presence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from chatsite.realtime.idset import id_set
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, UserPresence
from presence.outbound import privacy_of
from presence.policy import Choice, Privacy


def get_presence(user_id: int) -> UserPresence | None:
    """The person's presence. ``None``: they were never here."""
    return UserPresence.objects.filter(user_id=user_id).first()


def get_presences(user_ids: Collection[int]) -> dict[int, UserPresence]:
    """User id to presence, of those among them who were ever here."""
    return {row.user_id: row for row in UserPresence.objects.filter(user_id__in=id_set(user_ids))}


def is_online(user_id: int) -> bool:
    """Whether the person is shown as anything but offline."""
    rows = UserPresence.objects.filter(user_id=user_id)
    return rows.exclude(status=PresenceStatus.OFFLINE).exists()


def get_last_seen(user_id: int) -> datetime | None:
    """When the person was last seen; of one who is here, when their process last said so.

    ``None``: they were never here."""
    presence = get_presence(user_id)
    if presence is None:
        return None
    if presence.status == PresenceStatus.OFFLINE or presence.grace_until is not None:
        return presence.last_seen
    vouched = PresenceConnection.objects.filter(user_id=user_id).aggregate(
        at=Max("lease__last_heartbeat")
    )["at"]
    return max(presence.last_seen, vouched or presence.last_seen)


def last_seen_display(user_id: int, *, now: datetime) -> str:
    """When the person was last seen, in words; empty for one who was never here."""
    presence = get_presence(user_id)
    return "" if presence is None else presence.last_seen_display(now)


def get_choice(user_id: int, *, now: datetime) -> Choice:
    """What the person chose to appear as, as far as it still holds."""
    presence = get_presence(user_id)
    return Choice() if presence is None else presence.choice.at(now)


def get_privacy(user_id: int) -> Privacy:
    """What the person shows of themselves, and so may see of others."""
    presence = get_presence(user_id)
    return Privacy() if presence is None else privacy_of(presence)


def count_connections(*, user_id: int) -> int:
    """How many connections the person has, in all processes."""
    return PresenceConnection.objects.filter(user_id=user_id).count()


def connections_of_process(*, process: str) -> Mapping[UUID, datetime]:
    """The connections recorded for a process: id to when it was opened."""
    rows = PresenceConnection.objects.filter(lease_id=process)
    return dict(rows.values_list("pk", "connected_at"))
