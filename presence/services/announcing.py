"""Announcing presence. ``PRESENCE_AUDIENCE`` alone decides who receives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from chatsite.realtime.controls import PersonControl
from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import Batch, publish_batch_sync, signal_sync
from chatsite.realtime.wire import ChatStreamMessage
from presence.models import UserPresence
from presence.outbound import own_presence_event, presence_event


class Shown(NamedTuple):
    """The events that announce one person."""

    event: ChatStreamMessage
    """For the people around them."""
    own: ChatStreamMessage | None
    """For their own devices; ``None`` if none is connected."""


def announce(people: Iterable[UserPresence], *, now: datetime) -> None:
    """Announce the people's current statuses after the commit."""
    now_shown = [
        Shown(
            presence_event(person),
            own_presence_event(person, now=now) if person.is_connected else None,
        )
        for person in people
    ]
    if now_shown:
        # Robust: a failure to publish is logged, and what is stored stays stored.
        transaction.on_commit(lambda: publish_batch_sync(batch_of(now_shown)), robust=True)


def announce_choices(people: Iterable[UserPresence], *, now: datetime) -> None:
    """Announce to the people's own devices what they chose, after the commit."""
    batch: Batch = [
        (user_group(person.user_id), [own_presence_event(person, now=now)])
        for person in people
        if person.is_connected
    ]
    transaction.on_commit(lambda: publish_batch_sync(batch), robust=True)


def signal_devices(user_id: int, control: PersonControl) -> None:
    """Send a control to all connections of the person, in every process, after the commit."""
    transaction.on_commit(lambda: signal_sync(user_group(user_id), control), robust=True)


def batch_of(now_shown: Iterable[Shown]) -> Batch:
    """One publish for each group that may know, however many of its people changed."""
    by_user = {
        shown.event.sender_id: shown for shown in now_shown if shown.event.sender_id is not None
    }
    audience = import_string(settings.PRESENCE_AUDIENCE)(list(by_user))
    by_group: defaultdict[str, list[ChatStreamMessage]] = defaultdict(list)
    for user_id, shown in by_user.items():
        if shown.own is not None:
            by_group[user_group(user_id)].append(shown.own)
        for group in dict.fromkeys(audience.get(user_id, ())):
            by_group[group].append(shown.event)
    return list(by_group.items())
