"""Who is in a conversation. Their live connections follow at once, in every process."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.wire import PresenceStatus
from conversations.models import Conversation, Participant
from conversations.outbound import conversation_event, typing_event
from conversations.policy import direct_key
from conversations.selectors import require_participant
from conversations.services.telling import signal, tell
from presence.models import UserPresence
from presence.outbound import presence_event

PARTICIPANTS = "stream.participants"
"""Layer message to ``conversation.<id>``: {"conversationId", "participants": how many}."""

JOINED = "stream.joined"
"""Layer message to ``user.<id>``: {"conversationId", "participants": how many}."""

LEFT = "stream.left"
"""Layer message to ``user.<id>``: {"conversationId"}."""


def create_conversation(
    *, creator_id: int, participant_ids: Collection[int], title: str, now: datetime
) -> tuple[Conversation, bool]:
    """The conversation of these people, and whether it is new. Two people without a title have
    one direct conversation for ever."""
    people = {creator_id, *participant_ids}
    if len(people) < 2:
        raise Refused(ErrorCode.INVALID_FRAME, "A conversation needs somebody else.")
    if get_user_model().objects.filter(pk__in=people, is_active=True).count() != len(people):
        raise Refused(ErrorCode.INVALID_FRAME, "There is no such person.")
    fields = {"title": title, "created_at": now, "active_at": now}
    with transaction.atomic():
        if len(people) == 2 and not title:
            # Unique, so two who ask for it at once get the same one.
            conversation, created = Conversation.objects.get_or_create(
                direct_key=direct_key(people), defaults=fields
            )
        else:
            conversation, created = Conversation.objects.create(**fields), True
        if created:
            Participant.objects.bulk_create(
                Participant(
                    conversation=conversation,
                    user_id=user_id,
                    joined_at=now,
                    is_admin=user_id == creator_id,
                )
                for user_id in sorted(people)
            )
    if created:
        _let_in(conversation.pk, people)
    return conversation, created


def add_participant(*, conversation_id: int, actor_id: int, user_id: int, now: datetime) -> None:
    """Let somebody into a group; their live connections follow at once, in every process."""
    with transaction.atomic():
        place = require_participant(conversation_id=conversation_id, user_id=actor_id)
        conversation = Conversation.objects.select_for_update().get(pk=place.conversation_id)
        if conversation.is_direct:
            raise Refused(ErrorCode.NOT_ALLOWED, "A direct conversation stays between two.")
        if not get_user_model().objects.filter(pk=user_id, is_active=True).exists():
            raise Refused(ErrorCode.INVALID_FRAME, "There is no such person.")
        _, created = Participant.objects.get_or_create(
            conversation=conversation,
            user_id=user_id,
            defaults={
                "joined_at": now,
                "read_sequence": conversation.sequence,
                "delivered_sequence": conversation.sequence,
            },
        )
    if created:
        _let_in(conversation_id, [user_id])


def remove_participant(*, conversation_id: int, actor_id: int, user_id: int) -> None:
    """Leave, or (an admin) remove somebody: nothing of it reaches them any more."""
    with transaction.atomic():
        place = require_participant(conversation_id=conversation_id, user_id=actor_id)
        if place.conversation.is_direct:
            raise Refused(ErrorCode.NOT_ALLOWED, "Nobody leaves a direct conversation.")
        if actor_id != user_id and not place.is_admin:
            raise Refused(ErrorCode.NOT_ALLOWED)
        gone = require_participant(conversation_id=conversation_id, user_id=user_id)
        gone.delete()
    left = {"type": LEFT, "conversationId": conversation_id}
    signal(user_group(user_id), left)
    tell(user_group(user_id), conversation_event(conversation_id))
    tell(
        conversation_group(conversation_id),
        typing_event(
            conversation_id=conversation_id, sender_id=user_id, sender_name="", is_typing=False
        ),
        conversation_event(conversation_id),
    )
    _tell_size(conversation_id)


def _let_in(conversation_id: int, user_ids: Collection[int]) -> None:
    """Join the live connections of those who were let in, then tell everybody who is there."""
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    joined = {"type": JOINED, "conversationId": conversation_id, "participants": size}
    for user_id in user_ids:
        signal(user_group(user_id), joined)
    people = Participant.objects.filter(conversation_id=conversation_id).values("user_id")
    present = UserPresence.objects.filter(user_id__in=people)
    events = [presence_event(row) for row in present.exclude(status=PresenceStatus.OFFLINE)]
    tell(conversation_group(conversation_id), conversation_event(conversation_id), *events)
    _tell_size(conversation_id)


def _tell_size(conversation_id: int) -> None:
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    message = {"type": PARTICIPANTS, "conversationId": conversation_id, "participants": size}
    signal(conversation_group(conversation_id), message)
