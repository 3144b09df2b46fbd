"""Telling live connections, once what they are told is stored."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from chatsite.realtime.publish import publish_sync, signal_sync
from chatsite.realtime.wire import ChatStreamMessage, PresenceStatus
from presence.models import UserPresence


def tell(group: str, *events: ChatStreamMessage) -> None:
    """Publish the events after the commit, together and in order."""
    transaction.on_commit(partial(publish_sync, group, *events))


def signal(group: str, message: dict[str, Any]) -> None:
    """A layer message to the group's connections after the commit."""
    transaction.on_commit(partial(signal_sync, group, message))


def appears_offline(user_id: int) -> bool:
    """Whether nobody else may be told what the user does."""
    chosen = UserPresence.objects.filter(user_id=user_id, chosen_status=PresenceStatus.OFFLINE)
    return chosen.exists()
