"""Starting a conversation, and changing its title and whether its history is visible."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.reasons import Reason
from conversations.models import Conversation, Participant
from conversations.outbound import conversation_event
from conversations.policy import direct_key
from conversations.services.allowances import hold_allowance, require_room, spend
from conversations.services.holding import hold_as_admin
from conversations.services.membership import let_in, tell_history
from conversations.services.telling import tell


def create_conversation(
    *,
    creator_id: int,
    participant_ids: Collection[int],
    title: str,
    history_visible: bool = True,
    now: datetime,
) -> tuple[Conversation, bool]:
    """The conversation of these people, and whether it is new. Two people have one direct
    conversation: the one without a title. ``history_visible``: people who join later may see what
    was said before.

    Raises ``Refused``: invalid_frame, conversation_full, and rate_limited beyond what the creator
    may start in a day."""
    people = {creator_id, *participant_ids}
    if len(people) < 2:
        raise Refused(ErrorCode.INVALID_FRAME, "A conversation needs somebody else.")
    require_room(len(people), actor_id=creator_id)
    if get_user_model().objects.filter(pk__in=people, is_active=True).count() != len(people):
        raise Refused(
            ErrorCode.INVALID_FRAME, "There is no such person.", reason=Reason.UNKNOWN_PERSON
        )
    with transaction.atomic():
        allowance = hold_allowance(user_id=creator_id, now=now)
        if len(people) == 2 and not title:
            # The key is unique, so concurrent requests get the same conversation.
            conversation, created = Conversation.objects.get_or_create(
                direct_key=direct_key(people), defaults={"created_at": now, "active_at": now}
            )
        else:
            created = True
            conversation = Conversation.objects.create(
                title=title, history_visible=history_visible, created_at=now, active_at=now
            )
        if created:
            spend(allowance, now=now, conversations=1, additions=len(people) - 1)
            places = Participant.objects.bulk_create(
                Participant(
                    conversation=conversation,
                    user_id=user_id,
                    joined_at=now,
                    is_admin=user_id == creator_id,
                )
                for user_id in sorted(people)
            )
            let_in(conversation.pk, places)
    return conversation, created


@transaction.atomic
def change_conversation(
    *, conversation_id: int, actor_id: int, title: str | None, history_visible: bool | None
) -> None:
    """Change the title of a group, or (``history_visible``) whether people who joined later see
    what was said before. ``None`` leaves a value as it is. Raises ``Refused``."""
    conversation = hold_as_admin(conversation_id=conversation_id, user_id=actor_id).conversation
    was = (conversation.title, conversation.history_visible)
    if title is not None:
        conversation.title = title
    if history_visible is not None:
        conversation.history_visible = history_visible
    if was == (conversation.title, conversation.history_visible):
        return
    conversation.save(update_fields=["title", "history_visible"])
    if was[1] != conversation.history_visible:
        tell_history(conversation)
    tell(conversation_group(conversation_id), conversation_event(conversation_id))
