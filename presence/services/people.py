"""A person's row: the lock, what is shown, and what they chose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, When

from chatsite.realtime.idset import id_set
from chatsite.realtime.sessions import kick
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, UserPresence
from presence.policy import status_of
from presence.services.announcing import announce

DEVICE_INFO_LIMIT = 200


def choose_status(*, user_id: int, status: PresenceStatus, now: datetime) -> UserPresence:
    """Appear as ``status`` from now on, in this and all later connections.

    Somebody without a connection stays as they are, unless it is to appear offline.
    """
    with transaction.atomic():
        person = hold(user_id, now=now)
        person.chosen_status = status
        if person.is_connected:
            show(person, rule_of(person), seen=now)
        elif status is PresenceStatus.OFFLINE:
            show(person, PresenceStatus.OFFLINE, seen=now)
            person.grace_until = None
        person.save()
    return person


def update_presence(
    *, user_id: int, status: PresenceStatus, device_info: str | None = None, now: datetime
) -> UserPresence:
    """Show somebody as ``status``, for code that knows of people without a stream.

    It holds until their connections say otherwise; without any, until ``PRESENCE_TIMEOUT`` has
    passed without a heartbeat. Who chose to appear offline stays so.
    """
    with transaction.atomic():
        person = hold(user_id, now=now)
        if device_info is not None:
            person.device_info = device_info[:DEVICE_INFO_LIMIT]
        if person.chosen_status == PresenceStatus.OFFLINE:
            status = PresenceStatus.OFFLINE
        show(person, status, seen=now)
        person.last_heartbeat = now
        person.grace_until = None
        person.save()
    return person


def heartbeat(*, user_id: int, now: datetime) -> None:
    """Vouch for somebody: one conditional UPDATE. It changes no status and ends a grace.

    Nothing happens to who was never here; a heartbeat that was overtaken sets nothing back.
    """
    UserPresence.objects.filter(user_id=user_id, last_heartbeat__lt=now).update(
        last_heartbeat=now,
        last_seen=Case(When(status=PresenceStatus.OFFLINE, then=F("last_seen")), default=now),
        grace_until=None,
    )


def user_offline(*, user_id: int, now: datetime) -> None:
    """Show somebody as offline at once, and forget their connections."""
    with transaction.atomic():
        person = UserPresence.objects.select_for_update().filter(user_id=user_id).first()
        if person is None:
            return
        PresenceConnection.objects.filter(user_id=user_id).delete()
        person.is_connected = False
        person.grace_until = None
        show(person, PresenceStatus.OFFLINE, seen=now)
        person.save()


def force_offline(*, user_id: int, now: datetime) -> None:
    """``user_offline``, and close their sockets in every process: they stay so until a client of
    theirs connects again."""
    with transaction.atomic():
        user_offline(user_id=user_id, now=now)
        transaction.on_commit(lambda: kick(user_id=user_id), robust=True)


def hold(user_id: int, *, now: datetime) -> UserPresence:
    """Lock the person's row, so two closing tabs can't each think the other is open.

    Of two first tabs one makes the row and the other waits for it.
    """
    person, _ = UserPresence.objects.select_for_update().get_or_create(
        user_id=user_id, defaults={"last_heartbeat": now, "last_seen": now}
    )
    return person


def hold_all(user_ids: Collection[int]) -> list[UserPresence]:
    """Lock the rows of several people, in one order for all, so that none wait in a circle."""
    rows = UserPresence.objects.select_for_update().filter(user_id__in=id_set(user_ids))
    return list(rows.order_by("user_id"))


def make_and_hold_all(user_ids: Collection[int], *, now: datetime) -> list[UserPresence]:
    """``hold_all``, of people who may be here for the first time.

    All rows are made before any is held: who waits for a row that another makes holds none.
    """
    known = set(
        UserPresence.objects.filter(user_id__in=id_set(user_ids)).values_list("user_id", flat=True)
    )
    UserPresence.objects.bulk_create(
        [
            UserPresence(user_id=user_id, last_heartbeat=now, last_seen=now)
            for user_id in sorted(set(user_ids) - known)
        ],
        ignore_conflicts=True,
    )
    return hold_all(user_ids)


def save_all(people: Collection[UserPresence]) -> None:
    """Write what became of people that are held: one statement, whatever became of each."""
    UserPresence.objects.bulk_create(
        people,
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=[
            field.name for field in UserPresence._meta.concrete_fields if not field.primary_key
        ],
    )


def rule_of(person: UserPresence) -> PresenceStatus:
    """What the person's connections and choice come to. Hold the person."""
    rows = PresenceConnection.objects.filter(user_id=person.user_id)
    return status_of(
        chosen=PresenceStatus(person.chosen_status),
        connections=list(rows.values_list("is_idle", flat=True)),
    )


def idle_by_user(user_ids: Collection[int]) -> defaultdict[int, list[bool]]:
    """User id to what ``status_of`` wants to know of the person's connections."""
    idle: defaultdict[int, list[bool]] = defaultdict(list)
    rows = PresenceConnection.objects.filter(user_id__in=id_set(user_ids))
    for user_id, is_idle in rows.values_list("user_id", "is_idle"):
        idle[user_id].append(is_idle)
    return idle


def show(person: UserPresence, status: PresenceStatus, *, seen: datetime) -> None:
    """Set what others see, on a person held and to be saved: one transition, one event."""
    if change(person, status, seen=seen):
        announce([person])


def change(person: UserPresence, status: PresenceStatus, *, seen: datetime) -> bool:
    """Set what others see; whether that is to be announced.

    Last seen stands still while somebody appears offline: what they do then is not told.
    """
    changes = person.status != status
    if changes or status is not PresenceStatus.OFFLINE:
        person.last_seen = seen
    if changes:
        person.status = status
        person.sequence += 1
    return changes
