"""Changes of a message after it was sent. Each is the next revision of its conversation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.rowset import update_rows
from chatsite.realtime.wire import ChatStreamMessage
from conversations.history import require_message
from conversations.inbound import Edit
from conversations.models import Conversation, Message, Participant, Reaction
from conversations.outbound import message_event, reaction_event, repeated_event
from conversations.policy import digest_of, is_emoji
from conversations.services.holding import held, hold_place
from conversations.services.telling import tell

MAX_EMOJI = 20
"""How many different emoji one person may have on a message."""


class Changed(msgspec.Struct, frozen=True):
    """The outcome of changing a message."""

    message: ChatStreamMessage
    is_new: bool
    """False: it was like that before, and the answer goes to the asking connection only."""


@transaction.atomic
def edit_message(*, user_id: int, edit: Edit, now: datetime) -> Changed:
    """Change the content of the user's own message, and announce it. Raises ``Refused``."""
    place = hold_place(conversation_id=edit.conversation_id, user_id=user_id)
    message = _standing_message(place, edit.message_id)
    if message.sender_id != user_id:
        raise Refused(ErrorCode.NOT_ALLOWED, "Only who wrote a message may change it.")
    if not edit.content and not message.media_url:
        raise Refused(ErrorCode.CONTENT_REQUIRED)
    if edit.content == message.content:
        return Changed(repeated_event(message), is_new=False)
    _keep_digest(message)
    message.content = edit.content
    message.edited_at = now
    return _change(place.conversation, message)


@transaction.atomic
def delete_message(
    *, conversation_id: int, message_id: int, user_id: int, now: datetime
) -> Changed:
    """Delete the user's own message, or as an admin anybody's. Its row and sequence remain, without
    content. Raises ``Refused``."""
    place = hold_place(conversation_id=conversation_id, user_id=user_id)
    message = require_message(place, message_id)
    if message.sender_id != user_id and not place.may_administer:
        raise Refused(ErrorCode.NOT_ALLOWED, "Only who wrote it or an admin may delete a message.")
    if message.deleted_at is not None:
        return Changed(repeated_event(message), is_new=False)
    return _delete(place.conversation, message, now=now)


@transaction.atomic
def delete_carriers(*, media_id: UUID, now: datetime) -> None:
    """Delete all messages that carry the upload, in any conversation, for an operator."""
    carriers = Message.objects.filter(media_id=media_id).select_related("sender", "media")
    theirs = Conversation.objects.filter(pk__in=carriers.values("conversation_id"))
    # In the order in which senders lock them.
    for conversation in held(theirs).order_by("pk"):
        for message in carriers.filter(conversation=conversation).order_by("sequence"):
            _delete(conversation, message, now=now)


@transaction.atomic
def react(
    *,
    conversation_id: int,
    message_id: int,
    user_id: int,
    emoji: str,
    action: str,
    now: datetime,
) -> Changed:
    """Add or remove (``action``) the user's emoji on the message. Repeating it changes nothing.

    Raises ``Refused``."""
    place = hold_place(conversation_id=conversation_id, user_id=user_id)
    if action not in ("add", "remove") or not is_emoji(emoji):
        raise Refused(ErrorCode.INVALID_REACTION)
    message = _standing_message(place, message_id)
    user = get_user_model().objects.get(pk=user_id)
    theirs = Reaction.objects.filter(message=message, user=user)
    given = set(theirs.values_list("emoji", flat=True))
    if (emoji in given) is (action == "add"):
        # Without a revision, since it is no change; see ``repeated_event``.
        same = Reaction(message=message, user=user, emoji=emoji, created_at=now)
        return Changed(reaction_event(same, message, action=action), is_new=False)
    if action == "add":
        _require_room(message, given=len(given))
    message.revision = _next_revision(place.conversation)
    message.save(update_fields=["revision"])
    reaction = Reaction(
        message=message, user=user, emoji=emoji, created_at=now, revision=message.revision
    )
    if action == "add":
        reaction.save()
    else:
        theirs.filter(emoji=emoji).delete()
    event = reaction_event(reaction, message, action=action)
    tell(conversation_group(conversation_id), event)
    return Changed(event, is_new=True)


@transaction.atomic
def withdraw_reactions(*, user_id: int) -> None:
    """Remove all reactions of a person whose account is about to be deleted, each as a change that
    is announced."""
    theirs = Reaction.objects.filter(user_id=user_id)
    reacted_in = Conversation.objects.filter(pk__in=theirs.values("message__conversation_id"))
    # In the order in which senders lock them.
    for conversation in held(reacted_in).order_by("pk"):
        _withdraw(conversation, theirs.filter(message__conversation=conversation))


def _withdraw(conversation: Conversation, reactions: QuerySet[Reaction]) -> None:
    changed: dict[int, Message] = {}
    events: list[ChatStreamMessage] = []
    for reaction in reactions.select_related("message", "user").order_by("pk"):
        message = changed.setdefault(reaction.message_id, reaction.message)
        conversation.revision += 1
        message.revision = reaction.revision = conversation.revision
        events.append(reaction_event(reaction, message, action="remove"))
    update_rows(list(changed.values()), ("revision",))
    update_rows([conversation], ("revision",))
    reactions.delete()
    tell(conversation_group(conversation.pk), *events)


def _require_room(message: Message, *, given: int) -> None:
    """Raise ``Refused`` (invalid_reaction) if the person, who has ``given`` so many, or everybody
    together has as many reactions on the message as allowed.

    A message is sent together with all of its reactions, so this bounds the size of an answer. The
    conversation is locked."""
    if given >= MAX_EMOJI:
        raise Refused(
            ErrorCode.INVALID_REACTION, f"One person gives a message at most {MAX_EMOJI} emoji."
        )
    limit = settings.MAX_REACTIONS
    if message.reactions.count() >= limit:
        raise Refused(ErrorCode.INVALID_REACTION, f"A message has at most {limit} reactions.")


def _standing_message(place: Participant, message_id: int) -> Message:
    """The message. Raises ``Refused`` (unknown_message) if it is deleted."""
    message = require_message(place, message_id)
    if message.deleted_at is not None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    return message


def _keep_digest(message: Message) -> None:
    """Keep what was sent first, to recognize a client that sends it again because it did not
    receive the echo."""
    message.sent_digest = message.sent_digest or digest_of(
        content=message.content,
        message_type=message.message_type,
        reply_to=message.reply_to_id,
        media_url=message.media_url,
    )


def _delete(conversation: Conversation, message: Message, *, now: datetime) -> Changed:
    _keep_digest(message)
    message.content, message.media = "", None
    message.deleted_at = now
    message.reactions.all().delete()
    return _change(conversation, message)


def _change(conversation: Conversation, message: Message) -> Changed:
    message.revision = _next_revision(conversation)
    fields = ["content", "media", "edited_at", "deleted_at", "sent_digest", "revision"]
    message.save(update_fields=fields)
    event = message_event(message)
    tell(conversation_group(conversation.pk), event)
    return Changed(event, is_new=True)


def _next_revision(conversation: Conversation) -> int:
    """The revision of the change that is being made. The conversation is locked."""
    conversation.revision += 1
    conversation.save(update_fields=["revision"])
    return conversation.revision
