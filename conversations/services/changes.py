"""What becomes of a message after it was sent."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group
from conversations.models import Reaction
from conversations.outbound import reaction_event
from conversations.policy import is_emoji
from conversations.selectors import require_participant
from conversations.services.receipts import message_in
from conversations.services.telling import tell


def react(
    *,
    conversation_id: int,
    message_id: int,
    user_id: int,
    emoji: str,
    action: str,
    now: datetime,
) -> None:
    """Add or remove (``action``) the user's emoji on the message. Twice changes nothing."""
    require_participant(conversation_id=conversation_id, user_id=user_id)
    if action not in ("add", "remove") or not is_emoji(emoji):
        raise Refused(ErrorCode.INVALID_REACTION)
    message = message_in(conversation_id=conversation_id, message_id=message_id)
    user = get_user_model().objects.get(pk=user_id)
    reaction = Reaction(message=message, user=user, emoji=emoji, created_at=now)
    if action == "add":
        _, changed = Reaction.objects.get_or_create(
            message=message, user=user, emoji=emoji, defaults={"created_at": now}
        )
    else:
        rows = Reaction.objects.filter(message=message, user=user, emoji=emoji)
        changed = rows.delete()[0] > 0
    if changed:
        event = reaction_event(reaction, conversation_id=conversation_id, action=action, now=now)
        tell(conversation_group(conversation_id), event)
