"""Presence that code sets, rather than a person's connections."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, When

from chatsite.realtime.sessions import kick
from chatsite.realtime.wire import PresenceStatus
from presence.devices import stored_device_info
from presence.models import PresenceConnection, UserPresence
from presence.services.rows import lock_person
from presence.services.transitions import go_offline, renew, show


def update_presence(
    *, user_id: int, status: PresenceStatus, device_info: str | None = None, now: datetime
) -> UserPresence:
    """Show a person as ``status``, for code that knows of people who have no connection.

    The status lasts until a connection changes it; without any, until ``PRESENCE_TIMEOUT`` has
    passed without a heartbeat. A person who hides, or chose to appear offline, stays offline.
    """
    with transaction.atomic():
        person = lock_person(user_id, now=now)
        if device_info is not None:
            person.device_info = stored_device_info(device_info)
        renew(person, now=now)
        if not (person.is_hidden or person.choice.at(now).status is PresenceStatus.OFFLINE):
            if status is PresenceStatus.OFFLINE:
                go_offline(person, now=now)
            else:
                show(person, status, now=now)
        person.save()
    return person


def heartbeat(*, user_id: int, now: datetime) -> None:
    """Record that the person is still here, by one conditional UPDATE.

    It changes no status, and ends the grace of a person who left. A person without a row is
    ignored, and so is a heartbeat that is older than the last one.
    """
    goes = Q(is_hidden=True) | Q(chosen_status=PresenceStatus.OFFLINE)
    stands = goes | Q(status=PresenceStatus.OFFLINE)
    UserPresence.objects.filter(user_id=user_id, last_heartbeat__lt=now).update(
        last_heartbeat=now,
        last_seen=Case(When(stands, then=F("last_seen")), default=now),
        grace_until=Case(When(goes, then=F("grace_until")), default=None),
    )


def user_offline(*, user_id: int, now: datetime) -> None:
    """Show somebody as offline at once, and forget their connections."""
    with transaction.atomic():
        person = UserPresence.objects.select_for_update().filter(user_id=user_id).first()
        if person is None:
            return
        PresenceConnection.objects.filter(user_id=user_id).delete()
        person.is_connected = False
        go_offline(person, now=now)
        person.save()


def force_offline(*, user_id: int, now: datetime) -> None:
    """``user_offline``, and close the person's sockets in every process. They stay offline until
    one of their clients connects again."""
    with transaction.atomic():
        user_offline(user_id=user_id, now=now)
        transaction.on_commit(lambda: kick(user_id=user_id), robust=True)
