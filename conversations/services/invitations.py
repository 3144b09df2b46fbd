"""Adding people to a group. A person who left it by themselves is invited instead.

A person who was removed by an admin did not leave, and is added like anybody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from django.contrib.auth import get_user_model
from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import user_group
from chatsite.realtime.reasons import Reason
from conversations.models import Allowance, Conversation, Departure, Participant
from conversations.outbound import conversation_event
from conversations.services.allowances import hold_allowance, require_room, spend
from conversations.services.holding import hold_conversation, hold_place, keep_an_admin
from conversations.services.membership import enter, let_in
from conversations.services.telling import tell

AGAIN_AFTER = timedelta(days=1)
"""How long a person who declined can't be invited again."""


@transaction.atomic
def add_participant(*, conversation_id: int, actor_id: int, user_id: int, now: datetime) -> bool:
    """Add a person to a group. False: they left it before, and are invited to come back.

    Raises ``Refused``: not_a_participant, not_allowed, invalid_frame, conversation_full, and
    rate_limited if the actor has added as many people as allowed in a day, or the person declined
    within the last day."""
    # Before the conversation: everybody locks both in this order.
    allowance = hold_allowance(user_id=actor_id, now=now)
    conversation = hold_place(conversation_id=conversation_id, user_id=actor_id).conversation
    if conversation.is_direct:
        raise Refused(ErrorCode.NOT_ALLOWED, "A direct conversation stays between two.")
    if not get_user_model().objects.filter(pk=user_id, is_active=True).exists():
        raise Refused(
            ErrorCode.INVALID_FRAME, "There is no such person.", reason=Reason.UNKNOWN_PERSON
        )
    departure = Departure.objects.filter(conversation=conversation, user_id=user_id).first()
    if departure is not None:
        _invite(departure, inviter_id=actor_id, allowance=allowance, now=now)
        return False
    place, is_new = enter(conversation, user_id=user_id, now=now)
    if is_new:
        _require_room_in(conversation_id, actor_id=actor_id)
        spend(allowance, now=now, additions=1)
        let_in(conversation_id, [place])
    return True


def _invite(
    departure: Departure, *, inviter_id: int, allowance: Allowance | None, now: datetime
) -> None:
    """Invite a person who left to come back. Inviting them again changes nothing."""
    if departure.invited_at is not None:
        return
    _require_time_since_declined(departure, now=now)
    spend(allowance, now=now, additions=1)
    departure.inviter_id = inviter_id
    departure.invited_at = now
    departure.save(update_fields=["inviter", "invited_at"])
    _tell(departure)


def _require_time_since_declined(departure: Departure, *, now: datetime) -> None:
    if departure.declined_at is None:
        return
    wait = departure.declined_at + AGAIN_AFTER - now
    if wait > timedelta():
        raise Refused(
            ErrorCode.RATE_LIMITED,
            "They declined. Ask again in a day.",
            reason=Reason.DECLINED_LATELY,
            retry_after=ceil(wait.total_seconds()),
        )


@transaction.atomic
def accept_invitation(*, conversation_id: int, user_id: int, now: datetime) -> None:
    """Accept an invitation. Raises ``Refused``: not_a_participant, conversation_full."""
    departure = _hold_invitation(conversation_id=conversation_id, user_id=user_id)
    departure.delete()
    conversation = Conversation.objects.get(pk=conversation_id)
    place, _ = enter(conversation, user_id=user_id, now=now)
    _require_room_in(conversation_id, actor_id=user_id)
    keep_an_admin(conversation_id)
    let_in(conversation_id, [place])


@transaction.atomic
def decline_invitation(*, conversation_id: int, user_id: int, now: datetime) -> None:
    """Decline an invitation. Raises ``Refused`` (not_a_participant)."""
    departure = _hold_invitation(conversation_id=conversation_id, user_id=user_id)
    departure.inviter = departure.invited_at = None
    departure.declined_at = now
    departure.save(update_fields=["inviter", "invited_at", "declined_at"])
    _tell(departure)


def _require_room_in(conversation_id: int, *, actor_id: int) -> None:
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    require_room(size, actor_id=actor_id)


def _hold_invitation(*, conversation_id: int, user_id: int) -> Departure:
    hold_conversation(conversation_id)
    departure = Departure.objects.filter(
        conversation_id=conversation_id, user_id=user_id, invited_at__isnull=False
    ).first()
    if departure is None:
        raise Refused(ErrorCode.NOT_A_PARTICIPANT, "You are not invited to this conversation.")
    return departure


def _tell(departure: Departure) -> None:
    """Announce it to the person alone, on all their devices."""
    event = conversation_event(departure.conversation_id)
    tell(user_group(departure.user_id), event)
