"""What people show of themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chatsite.realtime.controls import PrivacyChanged
from presence.outbound import privacy_of
from presence.policy import Privacy
from presence.services.announcing import announce_choices, signal_devices
from presence.services.rows import lock_person
from presence.services.transitions import current_status, show


def choose_privacy(
    *,
    user_id: int,
    shows_presence: bool | None = None,
    shows_typing: bool | None = None,
    shows_receipts: bool | None = None,
    now: datetime,
) -> Privacy:
    """Set what the person shows of themselves, and so what they see of others. ``None`` leaves a
    setting as it is.

    Hiding is announced like leaving: after a grace, with the time at which the grace began, and not
    at all if the person is offline. ``conversations``, which knows receipts, announces whether they
    are shown; ``sequence`` orders these changes.
    """
    with transaction.atomic():
        person = lock_person(user_id, now=now)
        if shows_typing is not None:
            person.shows_typing = shows_typing
        if shows_receipts is not None and shows_receipts != person.shows_receipts:
            person.shows_receipts = shows_receipts
            person.sequence += 1
        if shows_presence is not None and shows_presence == person.is_hidden:
            person.is_hidden = not shows_presence
            # Without a connection they stay as they are, unless they hide while they are shown.
            is_affected = person.is_hidden or person.is_connected
            if not (is_affected and show(person, current_status(person, now=now), now=now)):
                announce_choices([person], now=now)
        person.save()
    privacy = privacy_of(person)
    changed = PrivacyChanged(
        shows_presence=privacy.shows_presence,
        shows_typing=privacy.shows_typing,
        shows_receipts=privacy.shows_receipts,
    )
    signal_devices(user_id, changed)
    return privacy
