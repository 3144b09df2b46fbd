"""The one write that vouches for all connections of a process."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from presence.models import PresenceLease
from presence.policy import lease_timeout


def beat(*, process: str, now: datetime) -> bool:
    """Vouch for the connections of the process. ``False``: its lease had run out, or is new.

    What hung on it may have been swept, all or some: whoever holds the connections opens those
    again that are gone. A sweep takes several transactions, so a lease that is still there but
    has run out is as good as lost.
    """
    living = PresenceLease.objects.filter(pk=process, last_heartbeat__gte=now - lease_timeout())
    if living.update(last_heartbeat=now):
        return True
    # One statement that locks no key of the row. A FOR UPDATE, as of update_or_create, would
    # wait for the person whom another new connection holds, while that waits for this key.
    PresenceLease.objects.bulk_create(
        [PresenceLease(process=process, started_at=now, last_heartbeat=now)],
        update_conflicts=True,
        unique_fields=["process"],
        update_fields=["last_heartbeat"],
    )
    return False


def ensure_lease(*, process: str, now: datetime) -> None:
    """Make sure that the lease outlives this transaction.

    A fresh one is only read. One that might be swept meanwhile is renewed, and so held: the
    sweep, which repeats its condition under its own lock, then finds it alive.
    """
    fresh = now - lease_timeout() / 2
    if not PresenceLease.objects.filter(pk=process, last_heartbeat__gte=fresh).exists():
        beat(process=process, now=now)


def require_writes(*, now: datetime) -> None:
    """Raises ``DatabaseError`` unless the database takes a write: some lease is written as it is,
    since where nothing is written a full disk does not show."""
    free = PresenceLease.objects.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with transaction.atomic():
        some = list(free[:1])
        PresenceLease.objects.filter(pk__in=some or [""]).update(last_heartbeat=F("last_heartbeat"))
