"""A person's row: the lock, what is shown, and what they hide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Case, F, When

from chatsite.realtime.bidi import plain_name
from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import lock_ids, may_wait
from chatsite.realtime.sessions import kick
from chatsite.realtime.wire import PresenceStatus
from presence.models import PresenceConnection, UserPresence
from presence.outbound import privacy_of
from presence.policy import Privacy, status_of
from presence.services.announcing import announce, tell_devices

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

    Hiding is told as going offline, without a time. It is told even of who is offline, so that
    those who look forget when they were last seen. That receipts are shown or hidden is told by
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
            if person.is_hidden:
                person.grace_until = None
            if not show(person, _shown_after_hiding(person, now=now), now=now):
                person.sequence += 1
                announce([person], now=now)
        person.save()
    privacy = privacy_of(person)
    tell_devices(user_id, {"type": PRIVACY, **msgspec.to_builtins(privacy)})
    return privacy


def _shown_after_hiding(person: UserPresence, *, now: datetime) -> PresenceStatus:
    if person.is_hidden:
        return PresenceStatus.OFFLINE
    return rule_of(person, now=now) if person.is_connected else PresenceStatus(person.status)


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
        if person.is_hidden or person.choice.at(now).status is PresenceStatus.OFFLINE:
            status = PresenceStatus.OFFLINE
        show(person, status, now=now)
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
        show(person, PresenceStatus.OFFLINE, now=now)
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
    whether it was one."""
    changes = change(person, status, seen=now)
    if changes:
        announce([person], now=now)
    return changes


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
