"""Telling those who may know. Whom to tell comes through ``PRESENCE_AUDIENCE`` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import Batch, publish_batch_sync, signal_sync
from chatsite.realtime.wire import ChatStreamMessage
from presence.models import UserPresence
from presence.outbound import own_presence_event, presence_event


class Shown(NamedTuple):
    """What is to be told of a person."""

    event: ChatStreamMessage
    """To those around them."""
    own: ChatStreamMessage | None
    """To their own devices, if there are any."""


def announce(people: Iterable[UserPresence], *, now: datetime) -> None:
    """Announce the statuses as they are now, once the transaction is committed."""
    now_shown = [
        Shown(
            presence_event(person),
            own_presence_event(person, now=now) if person.is_connected else None,
        )
        for person in people
    ]
    if now_shown:
        # Robust: a failure to tell is logged, and leaves what is stored as it is.
        transaction.on_commit(lambda: publish_batch_sync(batch_of(now_shown)), robust=True)


def announce_choices(people: Iterable[UserPresence], *, now: datetime) -> None:
    """Tell the people's own devices what they chose, after the commit."""
    batch: Batch = [
        (user_group(person.user_id), [own_presence_event(person, now=now)])
        for person in people
        if person.is_connected
    ]
    transaction.on_commit(lambda: publish_batch_sync(batch), robust=True)


def signal_devices(user_id: int, message: dict[str, Any]) -> None:
    """A layer message to the connections of the person, in every process, after the commit."""
    transaction.on_commit(lambda: signal_sync(user_group(user_id), message), robust=True)


def batch_of(now_shown: Iterable[Shown]) -> Batch:
    """One publish for each group that may know now, however many of its people changed."""
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
