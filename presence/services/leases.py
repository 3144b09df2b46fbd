"""Leases: one write renews all connections of a process."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from presence.models import PresenceLease
from presence.policy import lease_timeout


def beat(*, process: str, now: datetime) -> bool:
    """Renew the lease of the process. ``False``: it had expired, or is new.

    Some or all of its connections may have been swept then, and the caller has to open those again
    that are gone. A sweep takes several transactions, so an expired lease counts as lost even if
    its row is still there. Whoever renews a lost lease sets ``started_at``, so that the keeper of
    the process sees that it was lost.
    """
    living = PresenceLease.objects.filter(pk=process, last_heartbeat__gte=now - lease_timeout())
    if living.update(last_heartbeat=now):
        return True
    # One statement that does not lock the row's key. The FOR UPDATE of update_or_create would
    # conflict with the key lock of a new connection, whose transaction holds a person for whom
    # this one waits: a deadlock.
    PresenceLease.objects.bulk_create(
        [PresenceLease(process=process, started_at=now, last_heartbeat=now)],
        update_conflicts=True,
        unique_fields=["process"],
        update_fields=["started_at", "last_heartbeat"],
    )
    return False


def ensure_lease(*, process: str, now: datetime) -> None:
    """Make sure that the lease outlives this transaction.

    A fresh lease is only read. One that could be swept meanwhile is renewed, which locks it: the
    sweep repeats its condition under its own lock, and finds the lease alive.
    """
    fresh = now - lease_timeout() / 2
    if not PresenceLease.objects.filter(pk=process, last_heartbeat__gte=fresh).exists():
        beat(process=process, now=now)


def require_writes(*, now: datetime) -> None:
    """Raise ``DatabaseError`` unless the database accepts a write.

    Any one lease is written unchanged, since a full disk shows only when something is written.
    """
    free = PresenceLease.objects.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with transaction.atomic():
        some = list(free[:1])
        PresenceLease.objects.filter(pk__in=some or [""]).update(last_heartbeat=F("last_heartbeat"))
