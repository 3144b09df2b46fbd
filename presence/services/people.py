"""A person's row: the lock, what is shown, and what they hide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Case, F, Q, When

from chatsite.realtime.bidi import plain_name
from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import lock_ids, may_wait
from chatsite.realtime.sessions import kick
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, UserPresence
from presence.outbound import privacy_of
from presence.policy import Privacy, grace, status_of
from presence.services.announcing import announce, tell_choices, tell_devices

DEVICE_INFO_LIMIT = 200

NEWCOMER_LOCK = 0x6E657763
"""The class of the advisory locks on people who come for the first time. Any number will do."""

PRIVACY = "stream.privacy"
"""Layer message to ``user.<id>``: {"showsPresence", "showsTyping", "showsReceipts"}."""


def choose_privacy(
    *,
    user_id: int,
    shows_presence: bool | None = None,
    shows_typing: bool | None = None,
    shows_receipts: bool | None = None,
    now: datetime,
) -> Privacy:
    """Show this much from now on, and see as much of others. ``None`` leaves it as it is.

    Hiding is told as leaving is: after a grace, with the time at which it began, and not at all of
    somebody who is offline. That receipts are shown or hidden is told by
    ``conversations``, which knows them: ``sequence`` says which of these changes was the last.
    """
    with transaction.atomic():
        person = hold(user_id, now=now)
        if shows_typing is not None:
            person.shows_typing = shows_typing
        if shows_receipts is not None and shows_receipts != person.shows_receipts:
            person.shows_receipts = shows_receipts
            person.sequence += 1
        if shows_presence is not None and shows_presence == person.is_hidden:
            person.is_hidden = not shows_presence
            # Without a connection they stay as they are, unless they hide while they are shown.
            is_affected = person.is_hidden or person.is_connected
            if not (is_affected and show(person, rule_of(person, now=now), now=now)):
                tell_choices([person], now=now)
        person.save()
    privacy = privacy_of(person)
    tell_devices(user_id, {"type": PRIVACY, **msgspec.to_builtins(privacy)})
    return privacy


def device_kept(device_info: str) -> str:
    """What is kept of what a device is called, or says of itself."""
    return plain_name(device_info)[:DEVICE_INFO_LIMIT]


def update_presence(
    *, user_id: int, status: PresenceStatus, device_info: str | None = None, now: datetime
) -> UserPresence:
    """Show somebody as ``status``, for code that knows of people without a stream.

    It holds until their connections say otherwise; without any, until ``PRESENCE_TIMEOUT`` has
    passed without a heartbeat. Who hides, or chose to appear offline, stays so.
    """
    with transaction.atomic():
        person = hold(user_id, now=now)
        if device_info is not None:
            person.device_info = device_kept(device_info)
        person.last_heartbeat = now
        if not (person.is_hidden or person.choice.at(now).status is PresenceStatus.OFFLINE):
            if status is PresenceStatus.OFFLINE:
                go_offline(person, now=now)
            else:
                show(person, status, now=now)
        person.save()
    return person


def heartbeat(*, user_id: int, now: datetime) -> None:
    """Vouch for somebody: one conditional UPDATE. It changes no status, and ends the grace of
    somebody who left.

    Nothing happens to who was never here; a heartbeat that was overtaken sets nothing back.
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
    """``user_offline``, and close their sockets in every process: they stay so until a client of
    theirs connects again."""
    with transaction.atomic():
        user_offline(user_id=user_id, now=now)
        transaction.on_commit(lambda: kick(user_id=user_id), robust=True)


def hold(user_id: int, *, now: datetime) -> UserPresence:
    """Lock the person's row, so two closing tabs can't each think the other is open. Work that may
    not wait raises an error that ``is_held``.

    Of two first tabs one makes the row and the other waits for it.
    """
    person, _ = UserPresence.objects.select_for_update(nowait=not may_wait()).get_or_create(
        user_id=user_id, defaults={"last_heartbeat": now, "last_seen": now}
    )
    return person


def hold_all(user_ids: Collection[int]) -> list[UserPresence]:
    """Lock the rows of several people, in one order for all, so that none wait in a circle. Work
    that may not wait passes over those whom somebody else has locked."""
    held = UserPresence.objects.select_for_update(skip_locked=not may_wait())
    return list(held.filter(user_id__in=id_set(user_ids)).order_by("user_id"))


def make_and_hold_all(user_ids: Collection[int], *, now: datetime) -> list[UserPresence]:
    """``hold_all``, of people who may be here for the first time.

    All rows are made before any is held: who waits for a row that another makes holds none. Whoever
    makes one takes a lock first, which can be passed over, as a row that is being made can't.
    """
    known = set(
        UserPresence.objects.filter(user_id__in=id_set(user_ids)).values_list("user_id", flat=True)
    )
    UserPresence.objects.bulk_create(
        [
            UserPresence(user_id=user_id, last_heartbeat=now, last_seen=now)
            for user_id in sorted(lock_ids(NEWCOMER_LOCK, set(user_ids) - known))
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


def rule_of(person: UserPresence, *, now: datetime) -> PresenceStatus:
    """What the person's connections and choice come to. Hold the person."""
    rows = PresenceConnection.objects.filter(user_id=person.user_id)
    return status_with(person, list(rows.values_list("is_idle", flat=True)), now=now)


def status_with(person: UserPresence, idle: list[bool], *, now: datetime) -> PresenceStatus:
    """``rule_of``, of connections read before: of each whether it is idle."""
    return status_of(
        chosen=person.choice.at(now).status, is_hidden=person.is_hidden, connections=idle
    )


def idle_by_user(user_ids: Collection[int]) -> defaultdict[int, list[bool]]:
    """User id to what ``status_of`` wants to know of the person's connections."""
    idle: defaultdict[int, list[bool]] = defaultdict(list)
    rows = PresenceConnection.objects.filter(user_id__in=id_set(user_ids))
    for user_id, is_idle in rows.values_list("user_id", "is_idle"):
        idle[user_id].append(is_idle)
    return idle


def show(person: UserPresence, status: PresenceStatus, *, now: datetime) -> bool:
    """Set what others see, on a person held and to be saved: one transition, one event. Says
    whether it is told now."""
    changes = change(person, status, seen=now)
    if changes:
        announce([person], now=now)
    return changes


def change(person: UserPresence, status: PresenceStatus, *, seen: datetime) -> bool:
    """Set what others see; whether that is to be announced now.

    Of somebody who goes offline it never is: they are shown as they were until a grace is over,
    whether they left, hide, or chose to appear offline, so that nobody can tell which. Last seen is
    when the grace began, and stands still from then on: what they do is not told.
    """
    if status is PresenceStatus.OFFLINE:
        _begin_grace(person, now=seen)
        return False
    person.grace_until = None
    person.last_seen = seen
    changes = person.status != status
    if changes:
        person.status = status
        person.sequence += 1
    return changes


def go_offline(person: UserPresence, *, now: datetime) -> None:
    """Show a person held, and to be saved, as offline at once, without a grace."""
    if person.status == PresenceStatus.OFFLINE:
        return
    if person.grace_until is None:
        person.last_seen = now
    person.grace_until = None
    person.status = PresenceStatus.OFFLINE
    person.sequence += 1
    announce([person], now=now)


def _begin_grace(person: UserPresence, *, now: datetime) -> None:
    """It is stored, so that it outlives this process. One that runs is left alone."""
    if person.status != PresenceStatus.OFFLINE and person.grace_until is None:
        person.last_seen = now
        person.grace_until = now + grace()
