"""Opening and closing connections in batches: after a restart everybody reconnects at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import Held, may_wait
from presence.devices import stored_device_info
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.services.announcing import announce
from presence.services.leases import ensure_lease
from presence.services.rows import lock_or_create_people, lock_people, lock_person, save_people
from presence.services.transitions import (
    change,
    current_status,
    idle_by_user,
    renew,
    show,
    status_from,
)

BATCH_SIZE = 500
"""People in one transaction."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """An open connection that is to be recorded."""

    user_id: int
    connection_id: UUID
    process: str
    device_info: str = ""
    is_idle: bool = False


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """A person's connection that is gone."""

    user_id: int
    connection_id: UUID


def open_connections(
    openings: Sequence[Opening], *, now: datetime, limit: int | None = None
) -> list[bool | Held]:
    """Record the connections in one transaction; returns for each whether it is recorded.

    Recording the same id again changes nothing. ``False``: the person would have more than
    ``limit`` connections, counted under their lock. ``Held``: the connection was skipped, since
    this work may not wait and the person is locked elsewhere.
    """
    with transaction.atomic():
        # Leases before people: the sweep locks in the same order.
        for process in sorted({opening.process for opening in openings}):
            ensure_lease(process=process, now=now)
        people = lock_or_create_people({opening.user_id for opening in openings}, now=now)
        known = _ids_by_user(person.user_id for person in people)
        outcomes = [_admit(opening, known.get(opening.user_id), limit) for opening in openings]
        admitted = [
            opening for opening, outcome in zip(openings, outcomes, strict=True) if outcome is True
        ]
        PresenceConnection.objects.bulk_create(
            [_row(opening, now=now) for opening in admitted], ignore_conflicts=True
        )
        device = {opening.user_id: opening.device_info for opening in admitted}
        _after_open([person for person in people if person.user_id in device], device, now=now)
    return outcomes


def _admit(opening: Opening, ids: set[UUID] | None, limit: int | None) -> bool | Held:
    """Whether the person may have this connection beside ``ids``, those that are recorded."""
    if ids is None:
        return Held.HELD
    has_room = opening.connection_id in ids or limit is None or len(ids) < limit
    if has_room:
        ids.add(opening.connection_id)
    return has_room


def open_connection(opening: Opening, *, now: datetime) -> None:
    """``open_connections`` for one connection, without a limit."""
    open_connections([opening], now=now)


def close_connections(connection_ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Delete the connections in one transaction. When the last of a person closes, a grace begins.

    Unknown ids are ignored. Returns the ids that were skipped, since this work may not wait and
    their person is locked elsewhere.
    """
    rows = PresenceConnection.objects.filter(pk__in=connection_ids)
    owners = dict(rows.values_list("pk", "user_id"))
    if not owners:
        return set()
    with transaction.atomic():
        people = lock_people(set(owners.values()))
        held = {person.user_id for person in people}
        rows = rows.filter(user_id__in=id_set(held))
        # Read under the lock: whoever closed a connection meanwhile has announced it.
        gone = set(rows.values_list("user_id", flat=True))
        rows.delete()
        _after_close([person for person in people if person.user_id in gone], now=now)
    # After waiting, a person without a row has been deleted.
    return set() if may_wait() else {pk for pk, owner in owners.items() if owner not in held}


def close_connection(*, connection_id: UUID, now: datetime) -> None:
    """``close_connections`` for one connection."""
    close_connections([connection_id], now=now)


def set_idle(*, connection_id: UUID, is_idle: bool, now: datetime) -> None:
    """Record that the device went idle, or is in use again. An unknown id is ignored."""
    rows = PresenceConnection.objects.filter(pk=connection_id)
    user_id = rows.values_list("user_id", flat=True).first()
    if user_id is None:
        return
    with transaction.atomic():
        person = lock_person(user_id, now=now)
        if rows.update(is_idle=is_idle):
            renew(person, now=now)
            show(person, current_status(person, now=now), now=now)
            person.save()


def forget_process(*, process: str, now: datetime) -> None:
    """Close the connections of a process that stops in good order, and delete its lease."""
    held = PresenceConnection.objects.filter(lease_id=process).order_by("user_id")
    ids = list(held.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH_SIZE):
        close_connections(ids[start : start + BATCH_SIZE], now=now)
    PresenceLease.objects.filter(pk=process, connections=None).delete()


def _row(opening: Opening, *, now: datetime) -> PresenceConnection:
    return PresenceConnection(
        id=opening.connection_id,
        user_id=opening.user_id,
        lease_id=opening.process,
        device_info=stored_device_info(opening.device_info),
        is_idle=opening.is_idle,
        connected_at=now,
    )


def _after_open(people: list[UserPresence], device: dict[int, str], *, now: datetime) -> None:
    idle = idle_by_user([person.user_id for person in people])
    changed: list[UserPresence] = []
    for person in people:
        person.device_info = stored_device_info(device[person.user_id])
        person.is_connected = True
        renew(person, now=now)
        if change(person, status_from(person, idle[person.user_id], now=now), seen=now):
            changed.append(person)
    save_people(people)
    announce(changed, now=now)


def _after_close(people: list[UserPresence], *, now: datetime) -> None:
    """Set the status that follows from the remaining connections, or begin the grace."""
    idle = idle_by_user([person.user_id for person in people])
    changed: list[UserPresence] = []
    for person in people:
        left = idle[person.user_id]
        renew(person, now=now)
        person.is_connected = bool(left)
        if change(person, status_from(person, left, now=now), seen=now):
            changed.append(person)
    save_people(people)
    announce(changed, now=now)


def _ids_by_user(user_ids: Iterable[int]) -> dict[int, set[UUID]]:
    ids: dict[int, set[UUID]] = {user_id: set() for user_id in user_ids}
    rows = PresenceConnection.objects.filter(user_id__in=id_set(ids))
    for user_id, connection_id in rows.values_list("user_id", "pk"):
        ids[user_id].add(connection_id)
    return ids
