"""Sending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from conversations.history import messages_visible
from conversations.inbound import Draft
from conversations.models import MARKS, OWN_MARKS, Media, Message, Participant
from conversations.outbound import message_event, receipt_event, typing_event
from conversations.policy import digest_of, media_id_of
from conversations.services.holding import hold_place
from conversations.services.telling import person_of, shows_receipts, tell


class Sent(msgspec.Struct, frozen=True):
    """What came of sending a message."""

    message: ChatStreamMessage
    is_new: bool
    """False: it was stored before. It goes to the asking connection alone."""


def send_message(*, sender_id: int, draft: Draft, ends_typing: bool, now: datetime) -> Sent:
    """Store the message under the next sequence and send it to all participants.

    ``ends_typing``: viewers see the sender typing, so the frame says first that this is over.
    """
    # Before the lock, under which everybody waits.
    sender = person_of(sender_id)
    shows = shows_receipts(sender, now=now)
    with transaction.atomic():
        # The conversation's row orders its messages: sequences are gapless, in order of commit.
        place = hold_place(conversation_id=draft.conversation_id, user_id=sender_id)
        stored = _stored_before(sender_id=sender_id, draft=draft)
        if stored is not None:
            return Sent(message_event(stored), is_new=False)
        message = _append(place, sender, draft, now)
        read = _has_read(place, message, shows=shows)
    event = message_event(message)
    events = [_typing_stopped(event), event] if ends_typing else [event]
    receipt = receipt_event(ChatMessageType.READ, message, user_id=sender_id, now=now)
    if read and shows:
        events.append(receipt)
    tell(conversation_group(draft.conversation_id), *events)
    if read and not shows:
        tell(user_group(sender_id), receipt)
    return Sent(event, is_new=True)


def _typing_stopped(event: ChatStreamMessage) -> ChatStreamMessage:
    assert event.conversation_id is not None, "a message is in a conversation"
    assert event.sender_id is not None, "who sends is somebody"
    return typing_event(
        conversation_id=event.conversation_id,
        sender_id=event.sender_id,
        sender_name=event.sender_name or "",
        is_typing=False,
    )


def _has_read(place: Participant, message: Message, *, shows: bool) -> bool:
    """Who answers has read what they answer to; whether that is news."""
    read, _ = place.announced(shows=shows)
    risen = dict.fromkeys(MARKS if shows else OWN_MARKS, message.sequence)
    Participant.objects.filter(pk=place.pk).update(**risen)
    return read < message.sequence - 1


def _stored_before(*, sender_id: int, draft: Draft) -> Message | None:
    stored = (
        Message.objects.select_related("sender", "media")
        .filter(
            conversation_id=draft.conversation_id,
            sender_id=sender_id,
            client_message_id=draft.client_message_id,
        )
        .first()
    )
    if stored is None:
        return None
    if _sent_digest(stored) != digest_of(
        content=draft.content,
        message_type=draft.message_type,
        reply_to=draft.reply_to_message_id,
        media_url=draft.media_url,
    ):
        raise Refused(ErrorCode.CLIENT_ID_REUSED)
    return stored


def _sent_digest(stored: Message) -> str:
    """Of what was sent, whatever became of it since."""
    return stored.sent_digest or digest_of(
        content=stored.content,
        message_type=stored.message_type,
        reply_to=stored.reply_to_id,
        media_url=stored.media_url,
    )


def _append(place: Participant, sender: Any, draft: Draft, now: datetime) -> Message:
    conversation = place.conversation
    reply_to = draft.reply_to_message_id
    # One that was deleted meanwhile may be answered: to refuse that would lose what was written.
    if reply_to is not None and not messages_visible(place).filter(pk=reply_to).exists():
        raise Refused(ErrorCode.INVALID_REPLY)
    media = _media_of(draft, sender_id=place.user_id)
    conversation.sequence += 1
    conversation.active_at = now
    conversation.save(update_fields=["sequence", "active_at"])
    return Message.objects.create(
        conversation=conversation,
        sequence=conversation.sequence,
        sender=sender,
        client_message_id=draft.client_message_id,
        content=draft.content,
        message_type=draft.message_type if media is None else media.kind,
        reply_to_id=reply_to,
        media=media,
        created_at=now,
    )


def _media_of(draft: Draft, *, sender_id: int) -> Media | None:
    """The sender's upload that the message carries, locked, so that no sweep removes it."""
    if not draft.media_url:
        return None
    media_id = media_id_of(draft.media_url)
    rows = Media.objects.select_for_update().filter(uploader_id=sender_id)
    media = rows.filter(pk=media_id).first() if media_id else None
    if media is None:
        raise Refused(ErrorCode.INVALID_MEDIA)
    # "text" is what a frame says that does not say it.
    if draft.message_type not in ("text", media.kind):
        raise Refused(ErrorCode.INVALID_MEDIA, f"This upload is of the type {media.kind}.")
    return media
