"""Reads of invitations."""

from __future__ import annotations

from msgspec import UNSET

from chatsite.realtime.bidi import plain_name
from chatsite.realtime.wire import rfc3339
from conversations.models import Departure
from conversations.outbound import name_of
from conversations.shapes import Invitation


def invitations_of(user_id: int) -> list[Invitation]:
    """The groups that the user left and is invited to come back to, the latest first."""
    departures = Departure.objects.filter(user_id=user_id).exclude(invited_at=None)
    rows = departures.select_related("conversation", "inviter").order_by("-invited_at", "-pk")
    return [
        Invitation(
            conversation_id=row.conversation_id,
            title=plain_name(row.conversation.title),
            invited_at=rfc3339(row.invited_at),
            inviter_id=UNSET if row.inviter_id is None else row.inviter_id,
            inviter_name=name_of(row.inviter),
        )
        for row in rows
        if row.invited_at is not None
    ]
