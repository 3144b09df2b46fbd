"""Telling those who may know. Whom to tell comes through ``PRESENCE_AUDIENCE`` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import Batch, publish_batch_sync, signal_sync
from chatsite.realtime.wire import ChatStreamMessage
from presence.models import UserPresence
from presence.outbound import presence_event


def announce(people: Iterable[UserPresence]) -> None:
    """Announce the statuses as they are now, once the transaction is committed."""
    now_shown = [(presence_event(person), person.is_connected) for person in people]
    if now_shown:
        # Robust: a failure to tell is logged, and leaves what is stored as it is.
        transaction.on_commit(lambda: publish_batch_sync(batch_of(now_shown)), robust=True)


def tell_devices(user_id: int, message: dict[str, Any]) -> None:
    """A layer message to the connections of the person, in every process, after the commit."""
    transaction.on_commit(lambda: signal_sync(user_group(user_id), message), robust=True)


def batch_of(now_shown: Iterable[tuple[ChatStreamMessage, bool]]) -> Batch:
    """One publish for each group that may know now, however many of its people changed.

    ``now_shown`` has an event for each person, and whether they have devices to hear it too.
    """
    by_user = {
        event.sender_id: (event, connected)
        for event, connected in now_shown
        if event.sender_id is not None
    }
    audience = import_string(settings.PRESENCE_AUDIENCE)(list(by_user))
    by_group: defaultdict[str, list[ChatStreamMessage]] = defaultdict(list)
    for user_id, (event, connected) in by_user.items():
        own = [user_group(user_id)] if connected else []
        for group in dict.fromkeys([*own, *audience.get(user_id, ())]):
            by_group[group].append(event)
    return list(by_group.items())
