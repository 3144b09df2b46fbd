"""Reads of messages, and of nothing that was said before its reader may look."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.wire import ChatStreamMessage, to_event
from conversations.models import Media, Message, Participant, Reaction
from conversations.outbound import message_event, reaction_event
from conversations.shapes import Page


def messages_visible(place: Participant) -> QuerySet[Message]:
    """The messages that the participant may see."""
    rows = Message.objects.filter(conversation_id=place.conversation_id)
    hidden_until = place.hidden_until
    return rows.filter(sequence__gt=hidden_until) if hidden_until else rows


def require_message(place: Participant, message_id: int) -> Message:
    """The message, with its sender. Raises ``Refused`` (unknown_message)."""
    rows = messages_visible(place).select_related("sender", "media")
    message = rows.filter(pk=message_id).first()
    if message is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    return message


def require_message_of_others(place: Participant) -> Message:
    """The last message that somebody else said and that is not deleted. Raises ``Refused``
    (unknown_message): there is none."""
    others = messages_visible(place).filter(deleted_at=None).exclude(sender_id=place.user_id)
    message = others.order_by("-sequence").first()
    if message is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE, "Nobody else has said anything here.")
    return message


def require_media(*, media_id: UUID, viewer_id: int) -> Media:
    """The upload, for who made it, and for participants who may see a message that carries it.

    Raises ``Refused`` (invalid_media), the same for what is not there and what is not theirs.
    """
    media = Media.objects.filter(pk=media_id).first()
    if media is None or not (media.uploader_id == viewer_id or _is_shown(media, viewer_id)):
        raise Refused(ErrorCode.INVALID_MEDIA)
    return media


def _is_shown(media: Media, viewer_id: int) -> bool:
    places = Participant.objects.filter(
        user_id=viewer_id, conversation__in=media.messages.values("conversation")
    ).select_related("conversation")
    return any(messages_visible(place).filter(media=media).exists() for place in places)


def page_before(place: Participant, *, before: int | None, limit: int) -> Page:
    """The messages before a sequence, or the last."""
    rows = messages_visible(place)
    has_newer = before is not None and rows.filter(sequence__gte=before).exists()
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    older, has_more = _split(_newest(rows, limit + 1), limit)
    return _page(place, older, has_more=has_more, has_newer=has_newer)


def page_after(place: Participant, *, after: int, limit: int) -> Page:
    """The messages that follow a sequence."""
    has_more = messages_visible(place).filter(sequence__lte=after).exists()
    newer, has_newer = _split(_after(place, after, limit + 1), limit)
    return _page(place, newer[::-1], has_more=has_more, has_newer=has_newer)


def page_around(place: Participant, *, message_id: int, limit: int) -> Page:
    """A message, and what was said before and after it. Raises ``Refused`` (unknown_message)."""
    middle = require_message(place, message_id).sequence
    newer, has_newer = _split(_after(place, middle, limit // 2 + 1), limit // 2)
    limit -= limit // 2
    rows = messages_visible(place).filter(sequence__lte=middle)
    older, has_more = _split(_newest(rows, limit + 1), limit)
    return _page(place, [*newer[::-1], *older], has_more=has_more, has_newer=has_newer)


def reactions_on(
    messages: Iterable[Message], *, is_catchup: bool = False
) -> list[ChatStreamMessage]:
    """The reactions that stand on the messages as ``reaction`` events."""
    by_id = {message.pk: message for message in messages}
    rows = Reaction.objects.filter(message_id__in=by_id).select_related("user").order_by("pk")
    return [
        reaction_event(row, by_id[row.message_id], action="add", is_catchup=is_catchup)
        for row in rows
    ]


def _after(place: Participant, sequence: int, limit: int) -> list[Message]:
    rows = messages_visible(place).filter(sequence__gt=sequence).select_related("sender", "media")
    return list(rows.order_by("sequence")[:limit])


def _newest(rows: QuerySet[Message], limit: int) -> list[Message]:
    return list(rows.select_related("sender", "media").order_by("-sequence")[:limit])


def _split(rows: list[Message], limit: int) -> tuple[list[Message], bool]:
    return rows[:limit], len(rows) > limit


def _page(place: Participant, rows: list[Message], *, has_more: bool, has_newer: bool) -> Page:
    wanted = {row.reply_to_id for row in rows if row.reply_to_id} - {row.pk for row in rows}
    quoted = messages_visible(place).filter(pk__in=wanted).select_related("sender", "media")
    return Page(
        messages=[to_event(message_event(row)) for row in rows],
        has_more=has_more,
        has_newer=has_newer,
        revision=place.conversation.revision,
        reactions=[to_event(event) for event in reactions_on(rows)],
        quoted=[to_event(message_event(row)) for row in quoted.order_by("sequence")],
    )
