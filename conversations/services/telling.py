"""Announcing changes to live connections once they are committed.

All of it is robust: a failure to publish is logged, and what is stored is answered as done.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from chatsite.realtime.controls import Control
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.publish import (
    Batch,
    publish_batch_sync,
    publish_sync,
    require_signal_sync,
    signal_sync,
)
from chatsite.realtime.wire import ChatStreamMessage, PresenceStatus
from presence.models import UserPresence


def tell(group: str, *events: ChatStreamMessage) -> None:
    """Publish the events after the commit, together and in order."""
    if events:
        transaction.on_commit(partial(publish_sync, group, *events), robust=True)


def tell_all(batch: Batch) -> None:
    """``tell`` for several groups, with few round trips."""
    transaction.on_commit(partial(publish_batch_sync, batch), robust=True)


def signal(group: str, control: Control) -> None:
    """Send a control to the group's connections after the commit."""
    transaction.on_commit(partial(signal_sync, group, control), robust=True)


def signal_before(groups: Collection[str], control: Control) -> None:
    """Send a control to the groups' connections before the commit, while what it is about is
    locked: every process receives it before anything that happens after the commit.

    Raises ``Refused`` (unavailable) if it can't be published."""
    try:
        require_signal_sync(groups, control)
    except LayerUnavailable:
        raise Refused(ErrorCode.UNAVAILABLE) from None


def person_of(user_id: int) -> Any:
    """The user, with their presence."""
    return get_user_model().objects.select_related("presence").get(pk=user_id)


def shows_receipts(person: Any, *, now: datetime) -> bool:
    """Whether others may see what the person has received and read."""
    presence: UserPresence | None = getattr(person, "presence", None)
    if presence is None:
        return True
    appears_offline = presence.choice.at(now).status is PresenceStatus.OFFLINE
    return presence.shows_receipts and not appears_offline
