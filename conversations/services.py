"""What can happen in a conversation. The only writers; each publishes after its commit.

Plain synchronous Django, for consumers, views, commands and workers. ``now`` is an aware time.
All raise ``Refused`` when it may not happen, and then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.functions import Greatest

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.publish import publish_sync, signal_sync
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, PresenceStatus
from conversations.inbound import Draft
from conversations.models import Conversation, Message, Participant, Reaction
from conversations.outbound import (
    conversation_event,
    message_event,
    reaction_event,
    receipt_event,
    typing_event,
)
from conversations.policy import direct_key, is_emoji
from conversations.selectors import require_participant
from presence.models import UserPresence
from presence.outbound import presence_event

PARTICIPANTS = "stream.participants"
"""Layer message to ``conversation.<id>``: {"conversationId", "participants": how many}."""

JOINED = "stream.joined"
"""Layer message to ``user.<id>``: {"conversationId", "participants": how many}."""

LEFT = "stream.left"
"""Layer message to ``user.<id>``: {"conversationId"}."""


class Sent(msgspec.Struct, frozen=True):
    """What came of sending a message."""

    message: ChatStreamMessage
    is_new: bool
    """False: it was stored before. It goes to the asking connection alone."""


def send_message(*, sender_id: int, draft: Draft, ends_typing: bool, now: datetime) -> Sent:
    """Store the message under the next sequence and send it to all participants.

    ``ends_typing``: viewers see the sender typing, so the frame says first that this is over.
    """
    with transaction.atomic():
        # The conversation's row orders its messages: sequences are gapless, in order of commit.
        conversation = (
            Conversation.objects.select_for_update().filter(pk=draft.conversation_id).first()
        )
        place = require_participant(conversation_id=draft.conversation_id, user_id=sender_id)
        assert conversation is not None, "a participant of no conversation"
        stored = _stored_before(sender_id=sender_id, draft=draft)
        if stored is not None:
            return Sent(message_event(stored), is_new=False)
        message = _append(conversation, place, draft, now)
    event = message_event(message)
    before: list[ChatStreamMessage] = []
    after: list[ChatStreamMessage] = []
    to_self: list[ChatStreamMessage] = []
    if ends_typing:
        stop = typing_event(
            conversation_id=draft.conversation_id,
            sender_id=sender_id,
            sender_name=event.sender_name or "",
            is_typing=False,
        )
        before.append(stop)
    if place.read_sequence < message.sequence - 1:
        # Who answers has read what they answer to, and those who wrote it may know.
        read = receipt_event(ChatMessageType.READ, message, user_id=sender_id, now=now)
        (to_self if _appears_offline(sender_id) else after).append(read)
    _tell(conversation_group(draft.conversation_id), *before, event, *after)
    if to_self:
        _tell(user_group(sender_id), *to_self)
    return Sent(event, is_new=True)


def _stored_before(*, sender_id: int, draft: Draft) -> Message | None:
    stored = (
        Message.objects.select_related("sender")
        .filter(
            conversation_id=draft.conversation_id,
            sender_id=sender_id,
            client_message_id=draft.client_message_id,
        )
        .first()
    )
    if stored is None:
        return None
    then = (stored.content, stored.message_type, stored.reply_to_id, stored.media_url)
    if then != (draft.content, draft.message_type, draft.reply_to_message_id, draft.media_url):
        raise Refused(ErrorCode.CLIENT_ID_REUSED)
    return stored


def _append(conversation: Conversation, place: Participant, draft: Draft, now: datetime) -> Message:
    reply_to = draft.reply_to_message_id
    if reply_to is not None and not conversation.messages.filter(pk=reply_to).exists():
        raise Refused(ErrorCode.INVALID_REPLY)
    if draft.media_url:
        raise Refused(ErrorCode.INVALID_MEDIA)
    conversation.sequence += 1
    conversation.active_at = now
    conversation.save(update_fields=["sequence", "active_at"])
    Participant.objects.filter(pk=place.pk).update(
        read_sequence=conversation.sequence, delivered_sequence=conversation.sequence
    )
    message = Message.objects.create(
        conversation=conversation,
        sequence=conversation.sequence,
        sender_id=place.user_id,
        client_message_id=draft.client_message_id,
        content=draft.content,
        message_type=draft.message_type,
        reply_to_id=reply_to,
        created_at=now,
    )
    message.sender = get_user_model().objects.get(pk=place.user_id)
    return message


def mark(
    *,
    kind: ChatMessageType,
    conversation_id: int,
    message_id: int,
    user_id: int,
    now: datetime,
) -> None:
    """Raise the user's ``read`` or ``delivered`` watermark to the message; an older mark changes
    nothing. Someone who appears offline is not announced, but to themselves."""
    require_participant(conversation_id=conversation_id, user_id=user_id)
    message = _message_in(conversation_id=conversation_id, message_id=message_id)
    places = Participant.objects.filter(conversation_id=conversation_id, user_id=user_id)
    if kind is ChatMessageType.READ:
        risen = places.filter(read_sequence__lt=message.sequence).update(
            read_sequence=message.sequence,
            delivered_sequence=Greatest("delivered_sequence", message.sequence),
        )
    else:
        risen = places.filter(delivered_sequence__lt=message.sequence).update(
            delivered_sequence=message.sequence
        )
    if risen:
        hidden = _appears_offline(user_id)
        group = user_group(user_id) if hidden else conversation_group(conversation_id)
        _tell(group, receipt_event(kind, message, user_id=user_id, now=now))


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
    message = _message_in(conversation_id=conversation_id, message_id=message_id)
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
        _tell(conversation_group(conversation_id), event)


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
    _signal(user_group(user_id), left)
    _tell(user_group(user_id), conversation_event(conversation_id))
    _tell(
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
        _signal(user_group(user_id), joined)
    people = Participant.objects.filter(conversation_id=conversation_id).values("user_id")
    present = UserPresence.objects.filter(user_id__in=people)
    events = [presence_event(row) for row in present.exclude(status=PresenceStatus.OFFLINE)]
    _tell(conversation_group(conversation_id), conversation_event(conversation_id), *events)
    _tell_size(conversation_id)


def _tell_size(conversation_id: int) -> None:
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    message = {"type": PARTICIPANTS, "conversationId": conversation_id, "participants": size}
    _signal(conversation_group(conversation_id), message)


def _message_in(*, conversation_id: int, message_id: int) -> Message:
    message = Message.objects.filter(conversation_id=conversation_id, pk=message_id).first()
    if message is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    return message


def _appears_offline(user_id: int) -> bool:
    chosen = UserPresence.objects.filter(user_id=user_id, chosen_status=PresenceStatus.OFFLINE)
    return chosen.exists()


def _tell(group: str, *events: ChatStreamMessage) -> None:
    transaction.on_commit(partial(publish_sync, group, *events))


def _signal(group: str, message: dict[str, Any]) -> None:
    transaction.on_commit(partial(signal_sync, group, message))
