"""How many conversations one person may start, and how many people they may add: in a day, and at
once.

Everybody in a conversation pays for what others make of it, so one account may not make them
without end. Staff are not limited.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.contrib.auth import get_user_model

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.locks import may_wait
from chatsite.realtime.reasons import Reason
from conversations.models import Allowance

DAY = timedelta(days=1)


def hold_allowance(*, user_id: int, now: datetime) -> Allowance | None:
    """Lock the user's allowance until the transaction ends; ``None``: they are staff.

    Without the lock, two requests of one person could both find the last of it left. Work that may
    not wait raises an error that ``is_held``."""
    if _is_staff(user_id):
        return None
    Allowance.objects.get_or_create(user_id=user_id, defaults={"began_at": now})
    allowance = Allowance.objects.select_for_update(nowait=not may_wait()).get(user_id=user_id)
    if now - allowance.began_at >= DAY:
        allowance.began_at = now
        allowance.conversations = allowance.additions = 0
    return allowance


def spend(
    allowance: Allowance | None, *, now: datetime, conversations: int = 0, additions: int = 0
) -> None:
    """Use so much of the allowance. Raises ``Refused`` (rate_limited) if less than that is left."""
    if allowance is None:
        return
    allowance.conversations += conversations
    allowance.additions += additions
    if allowance.conversations > settings.MAX_CONVERSATIONS:
        what = f"start {settings.MAX_CONVERSATIONS} conversations"
        raise _spent(allowance, what, reason=Reason.CONVERSATIONS_A_DAY, now=now)
    if allowance.additions > settings.MAX_ADDITIONS:
        what = f"add {settings.MAX_ADDITIONS} people"
        raise _spent(allowance, what, reason=Reason.ADDITIONS_A_DAY, now=now)
    _keep_pace(allowance, now=now)
    allowance.save()


def _keep_pace(allowance: Allowance, *, now: datetime) -> None:
    """Count one more start or addition of however many people: a bucket of CONVERSATION_BURST,
    which gets one back in each CONVERSATION_INTERVAL, kept as the time at which it is full."""
    interval = timedelta(seconds=settings.CONVERSATION_INTERVAL)
    full_at = max(allowance.paced_until or now, now) + interval
    over = full_at - now - settings.CONVERSATION_BURST * interval
    if over > timedelta():
        raise Refused(
            ErrorCode.RATE_LIMITED,
            "You start conversations or add people faster than you may.",
            reason=Reason.TOO_MANY_AT_ONCE,
            retry_after=ceil(over.total_seconds()),
        )
    allowance.paced_until = full_at


def _spent(allowance: Allowance, what: str, *, reason: Reason, now: datetime) -> Refused:
    return Refused(
        ErrorCode.RATE_LIMITED,
        f"You may {what} a day. Go on tomorrow.",
        reason=reason,
        retry_after=ceil((allowance.began_at + DAY - now).total_seconds()),
    )


def require_room(size: int, *, actor_id: int) -> None:
    """Raise ``Refused`` (conversation_full) if a conversation may not have so many people."""
    limit = settings.MAX_PARTICIPANTS
    if size > limit and not _is_staff(actor_id):
        raise Refused(ErrorCode.CONVERSATION_FULL, f"A conversation has at most {limit} people.")


def _is_staff(user_id: int) -> bool:
    return bool(get_user_model()._default_manager.filter(pk=user_id, is_staff=True).exists())
