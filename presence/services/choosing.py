"""The statuses that people choose, either for good or until a given time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from chatsite.realtime.controls import StatusChosen
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.locks import may_wait
from chatsite.realtime.wire import PresenceStatus
from presence.models import UserPresence
from presence.policy import Choice, why_not
from presence.services.announcing import announce, announce_choices, signal_devices
from presence.services.rows import lock_person, save_people
from presence.services.transitions import change, current_status, idle_by_user, show, status_from

BATCH_SIZE = 500
"""People in one transaction."""


def choose_status(
    *, user_id: int, status: PresenceStatus, until: datetime | None = None, now: datetime
) -> UserPresence:
    """Appear as ``status`` in this and all later connections, or only until a given time.

    A person without a connection keeps their status, unless they choose to appear offline. Their
    own devices learn of that choice at once, so that none shows them typing after it; other people
    learn of it after a grace. Raises ``Refused`` (``invalid_frame``) if ``until`` makes no sense.
    """
    choice = Choice(status=status, until=until)
    problem = why_not(choice, now=now)
    if problem is not None:
        raise Refused(ErrorCode.INVALID_FRAME, problem)
    is_offline = status is PresenceStatus.OFFLINE
    if is_offline:
        _tell_consumers(user_id, choice)
    with transaction.atomic():
        if not is_offline:
            # Sent after the commit, but before their clients are told, since they may type at once.
            _tell_consumers(user_id, choice)
        person = lock_person(user_id, now=now)
        is_told = person.choice == choice
        person.chosen_status, person.chosen_until = status, until
        if person.is_connected:
            is_told |= show(person, current_status(person, now=now), now=now)
        elif is_offline:
            show(person, PresenceStatus.OFFLINE, now=now)
        person.save()
        if not is_told:
            announce_choices([person], now=now)
    return person


def end_choices(*, now: datetime, batch_size: int = BATCH_SIZE) -> list[int]:
    """End the choices whose time has come; returns the ids of their people.

    Several processes may do this at once: each choice is ended once. The end is stored in the row
    alone, so it outlives every process.
    """
    ended: list[int] = []
    while batch := _end_batch(now=now, batch_size=batch_size):
        ended += batch
    return ended


def ending_choices(*, now: datetime) -> list[int]:
    """The ids of the people whose choice ``end_choices`` would end."""
    return list(over(now).values_list("user_id", flat=True))


def over(now: datetime) -> QuerySet[UserPresence]:
    """The people whose choice is over but has not been cleared yet."""
    return UserPresence.objects.filter(chosen_until__lte=now).order_by("user_id")


@transaction.atomic
def _end_batch(*, now: datetime, batch_size: int) -> list[int]:
    """Wait for people who are locked elsewhere, and skip them if their choice was ended meanwhile.

    Work that may not wait skips all that are locked.
    """
    people = list(over(now).select_for_update(skip_locked=not may_wait())[:batch_size])
    if not people:
        return []
    idle = idle_by_user([person.user_id for person in people])
    changed: list[UserPresence] = []
    unchanged: list[UserPresence] = []
    for person in people:
        person.chosen_status, person.chosen_until = PresenceStatus.ONLINE, None
        status = status_from(person, idle[person.user_id], now=now)
        # A person without a connection is shown as before, until their grace has passed.
        if person.is_connected and change(person, status, seen=now):
            changed.append(person)
        else:
            unchanged.append(person)
    save_people(people)
    for person in people:
        if person.is_connected:
            _tell_consumers(person.user_id, Choice())
    announce(changed, now=now)
    announce_choices(unchanged, now=now)
    return [person.user_id for person in people]


def _tell_consumers(user_id: int, choice: Choice) -> None:
    signal_devices(user_id, StatusChosen(status=choice.status, until=choice.until))
