"""What people show of themselves, where that changes what conversations tell of them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chatsite.realtime.groups import conversation_group
from conversations.models import Participant
from conversations.outbound import receipts_event
from conversations.services.telling import tell_all
from presence import services as presence_services
from presence.policy import Privacy


def choose_privacy(
    *,
    user_id: int,
    shows_presence: bool | None = None,
    shows_typing: bool | None = None,
    shows_receipts: bool | None = None,
    now: datetime,
) -> Privacy:
    """Show this much from now on, and see as much of others. ``None`` leaves it as it is.

    Whoever shares a conversation with the user is told when receipts appear or disappear."""
    with transaction.atomic():
        # Locked, so that of two switches at once each knows what the other did.
        before = presence_services.lock_person(user_id, now=now).shows_receipts
        privacy = presence_services.choose_privacy(
            user_id=user_id,
            shows_presence=shows_presence,
            shows_typing=shows_typing,
            shows_receipts=shows_receipts,
            now=now,
        )
        if privacy.shows_receipts != before:
            _tell_receipts(user_id, shows=privacy.shows_receipts, now=now)
    return privacy


def _tell_receipts(user_id: int, *, shows: bool, now: datetime) -> None:
    """In each of their conversations: their marks as others see them, or that there are none."""
    sequence = presence_services.lock_person(user_id, now=now).sequence
    places = Participant.objects.filter(user_id=user_id).order_by("pk")
    tell_all(
        [
            (
                conversation_group(place.conversation_id),
                [receipts_event(place, shows=shows, sequence=sequence)],
            )
            for place in places
        ]
    )
