"""Telling those who may know. Whom to tell comes through ``PRESENCE_AUDIENCE`` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import Batch, publish_batch_sync, send_to_group_sync
from chatsite.realtime.wire import ChatStreamMessage
from presence.models import UserPresence
from presence.outbound import presence_event


def announce(people: Iterable[UserPresence]) -> None:
    """Announce the statuses as they are now, once the transaction is committed."""
    events = [presence_event(person) for person in people]
    if events:
        # Robust: a failure to tell is logged, and leaves what is stored as it is.
        transaction.on_commit(lambda: publish_batch_sync(batch_of(events)), robust=True)


def tell_devices(user_id: int, message: dict[str, Any]) -> None:
    """A layer message to the connections of the person, in every process, after the commit."""
    transaction.on_commit(lambda: send_to_group_sync(user_group(user_id), message), robust=True)


def batch_of(events: list[ChatStreamMessage]) -> Batch:
    """One publish for each group that may know now, however many of its people changed."""
    by_user = {event.sender_id: event for event in events if event.sender_id is not None}
    audience = import_string(settings.PRESENCE_AUDIENCE)(list(by_user))
    by_group: defaultdict[str, list[ChatStreamMessage]] = defaultdict(list)
    for user_id, event in by_user.items():
        for group in dict.fromkeys([user_group(user_id), *audience.get(user_id, ())]):
            by_group[group].append(event)
    return list(by_group.items())
