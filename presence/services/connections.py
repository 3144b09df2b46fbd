"""Connections that come and go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.policy import grace
from presence.services.leases import ensure_lease
from presence.services.people import DEVICE_INFO_LIMIT, hold, rule_of, show


def open_connection(
    *,
    user_id: int,
    connection_id: UUID,
    process: str,
    device_info: str,
    is_idle: bool = False,
    now: datetime,
) -> UserPresence:
    """Record a connection that ``process`` holds; once more for the same id changes nothing."""
    with transaction.atomic():
        # The lease before the person: the sweep locks in this order too.
        ensure_lease(process=process, now=now)
        person = hold(user_id, now=now)
        connection = PresenceConnection(
            id=connection_id,
            user_id=user_id,
            lease_id=process,
            device_info=device_info[:DEVICE_INFO_LIMIT],
            is_idle=is_idle,
            connected_at=now,
        )
        PresenceConnection.objects.bulk_create([connection], ignore_conflicts=True)
        person.device_info = connection.device_info
        person.is_connected = True
        person.grace_until = None
        person.last_heartbeat = now
        show(person, rule_of(person), seen=now)
        person.save()
    return person


def close_connection(*, connection_id: UUID, now: datetime) -> None:
    """Forget a connection. The last begins a grace; one that is not known changes nothing."""
    user_id = _user_of(connection_id)
    if user_id is None:
        return
    with transaction.atomic():
        person = hold(user_id, now=now)
        gone, _ = PresenceConnection.objects.filter(pk=connection_id).delete()
        if gone:
            _after_close(person, now=now)


def set_idle(*, connection_id: UUID, is_idle: bool, now: datetime) -> None:
    """The device went idle, or is in use again. One that is not known changes nothing."""
    user_id = _user_of(connection_id)
    if user_id is None:
        return
    with transaction.atomic():
        person = hold(user_id, now=now)
        rows = PresenceConnection.objects.filter(pk=connection_id)
        if rows.update(is_idle=is_idle):
            person.last_heartbeat = now
            show(person, rule_of(person), seen=now)
            person.save()


def forget_process(*, process: str, now: datetime) -> None:
    """A process stops in good order: close what it still holds, and drop its lease."""
    held = PresenceConnection.objects.filter(lease_id=process).order_by("user_id")
    for connection_id in list(held.values_list("pk", flat=True)):
        close_connection(connection_id=connection_id, now=now)
    PresenceLease.objects.filter(pk=process, connections=None).delete()


def _after_close(person: UserPresence, *, now: datetime) -> None:
    """Show what is left, or begin the grace. It is stored, so that it outlives this process."""
    person.last_heartbeat = now
    person.is_connected = PresenceConnection.objects.filter(user_id=person.user_id).exists()
    if person.is_connected:
        show(person, rule_of(person), seen=now)
    elif person.status != PresenceStatus.OFFLINE:
        person.last_seen = now
        person.grace_until = now + grace()
    person.save()


def _user_of(connection_id: UUID) -> int | None:
    rows = PresenceConnection.objects.filter(pk=connection_id)
    return rows.values_list("user_id", flat=True).first()
