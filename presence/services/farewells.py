"""Announcing that a person whose account is about to be deleted is offline."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chatsite.realtime.publish import publish_batch_sync
from chatsite.realtime.wire import PresenceStatus
from presence.models import UserPresence
from presence.outbound import presence_event
from presence.services.announcing import Shown, batch_of


def say_farewell(*, user_id: int, now: datetime) -> None:
    """Announce the person as offline once they are deleted.

    The audience is determined now: their row and their conversations go with the account.
    """
    person = UserPresence.objects.select_for_update().filter(user_id=user_id).first()
    if person is None or person.status == PresenceStatus.OFFLINE:
        return
    person.status = PresenceStatus.OFFLINE
    person.sequence += 1
    person.last_seen = now
    batch = batch_of([Shown(presence_event(person), None)])
    transaction.on_commit(lambda: publish_batch_sync(batch), robust=True)
