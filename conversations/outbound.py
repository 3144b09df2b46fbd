"""Rows as the events that clients get."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chatsite.realtime.bidi import plain_name
from chatsite.realtime.wire import Activity, ChatMessageType, ChatStreamMessage
from conversations.models import KnownPerson, Media, Message, Participant, Reaction
from conversations.policy import names_nothing, url_of_media

DELETED_NAME = "Deleted user"


def name_of(user: Any) -> str:
    """What people are called: their full name, or the name they sign in with."""
    if user is None:
        return DELETED_NAME
    name = plain_name(user.get_full_name())
    return plain_name(user.get_username()) if names_nothing(name) else name


def message_event(message: Message, *, is_catchup: bool = False) -> ChatStreamMessage:
    """The ``message`` event of a stored message with its sender and its media loaded."""
    return ChatStreamMessage(
        type=ChatMessageType.MESSAGE,
        conversation_id=message.conversation_id,
        message_id=message.pk,
        sequence=message.sequence,
        sender_id=message.sender_id,
        sender_name=name_of(message.sender),
        content=message.content,
        message_type=message.message_type,
        timestamp=message.created_at,
        client_message_id=message.client_message_id,
        reply_to_message_id=message.reply_to_id,
        **media_fields(message.media),
        is_catchup=is_catchup or None,
        revision=message.revision or None,
        edited_at=message.edited_at,
        is_deleted=(message.deleted_at is not None) or None,
    )


def repeated_event(message: Message) -> ChatStreamMessage:
    """The stored message for who asked for what is so already. It has no revision: clients would
    take it for the change that has that one, which may be a reaction they have yet to hear of."""
    return msgspec.structs.replace(message_event(message), revision=None)


def media_fields(media: Media | None) -> dict[str, Any]:
    """What a message says of the upload that it carries."""
    if media is None:
        return {}
    url = url_of_media(media.pk)
    return {
        "media_url": url,
        "media_name": media.name,
        "media_bytes": media.bytes,
        "media_width": media.width,
        "media_height": media.height,
        "thumbnail_url": f"{url}thumbnail/" if media.thumbnail else None,
    }


def typing_event(
    *, conversation_id: int, sender_id: int, sender_name: str, activity: Activity | None
) -> ChatStreamMessage:
    """The ``typing`` event; ``None``: the person stopped."""
    return ChatStreamMessage(
        type=ChatMessageType.TYPING,
        conversation_id=conversation_id,
        sender_id=sender_id,
        sender_name=sender_name,
        is_typing=activity is not None,
        activity=None if activity is Activity.TEXT else activity,
    )


def receipt_event(
    kind: ChatMessageType, message: Message, *, user_id: int, now: datetime
) -> ChatStreamMessage:
    """The ``read`` or ``delivered`` event of a watermark that rose to ``message``."""
    return ChatStreamMessage(
        type=kind,
        conversation_id=message.conversation_id,
        message_id=message.pk,
        sequence=message.sequence,
        sender_id=user_id,
        timestamp=now,
    )


def receipts_event(place: Participant, *, shows: bool, sequence: int) -> ChatStreamMessage:
    """The ``receipts`` event: whether the participant shows their watermarks from now on, and if
    so which. ``sequence`` counts the changes of the person."""
    return ChatStreamMessage(
        type=ChatMessageType.RECEIPTS,
        conversation_id=place.conversation_id,
        sender_id=place.user_id,
        shows_receipts=shows,
        read_sequence=place.shown_read_sequence if shows else None,
        delivered_sequence=place.shown_delivered_sequence if shows else None,
        sequence=sequence,
    )


def unread_event(place: Participant) -> ChatStreamMessage:
    """The ``unread`` event for the participant's own connections: the sequence from which on they
    marked messages as unread; without one the mark is over."""
    return ChatStreamMessage(
        type=ChatMessageType.UNREAD,
        conversation_id=place.conversation_id,
        sender_id=place.user_id,
        sequence=place.unread_from,
        timestamp=place.unread_at,
    )


def reaction_event(
    reaction: Reaction, message: Message, *, action: str, is_catchup: bool = False
) -> ChatStreamMessage:
    """The ``reaction`` event, of the reaction's revision: ``action`` is ``add`` or ``remove``."""
    return ChatStreamMessage(
        type=ChatMessageType.REACTION,
        conversation_id=message.conversation_id,
        message_id=message.pk,
        sequence=message.sequence,
        sender_id=reaction.user_id,
        sender_name=name_of(reaction.user),
        content=reaction.emoji,
        message_type=action,
        timestamp=reaction.created_at,
        revision=reaction.revision or None,
        is_catchup=is_catchup or None,
    )


def caught_up_event(
    *, conversation_id: int, sequence: int, revision: int, has_more: bool
) -> ChatStreamMessage:
    """The end of an answer: everything up to this sequence and this revision is held, and there
    is more, of which it says nothing, or there is not."""
    return ChatStreamMessage(
        type=ChatMessageType.CONVERSATION,
        conversation_id=conversation_id,
        is_catchup=True,
        sequence=sequence,
        revision=revision,
        has_more=has_more or None,
    )


def conversation_event(conversation_id: int) -> ChatStreamMessage:
    """The ``conversation`` event: something about it changed for you."""
    return ChatStreamMessage(type=ChatMessageType.CONVERSATION, conversation_id=conversation_id)


def person_event(person: KnownPerson) -> ChatStreamMessage:
    """The ``person`` event: what somebody is called, and whether their account is active, as of a
    change of either."""
    return ChatStreamMessage(
        type=ChatMessageType.PERSON,
        sender_id=person.user_id,
        sender_name=person.name,
        is_active=person.is_active,
        sequence=person.version,
    )
