"""The frames a client may send: one struct each, and how text becomes one of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import Activity, Id, Mark, PresenceStatus
from conversations.policy import is_blank
from presence.policy import Choice, why_not

MAX_CONTENT = 8_000
MAX_CLIENT_ID = 64
MAX_MARKS = 500
"""Marks in one frame."""
NO_MARK = "A mark is a conversationId and a messageId, or many of them in marks."
NO_UPLOAD = "A message of this type carries an upload: its mediaUrl is missing."

Sequence = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class MessageFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="message"):
    """Say something (``clientMessageId``), change or delete what was said (``messageId``), or ask
    (``isCatchup``) for what was said after ``sequence`` and changed after ``revision``."""

    conversation_id: Id
    client_message_id: str | UnsetType = UNSET
    message_id: Id | UnsetType = UNSET
    content: str | UnsetType = UNSET
    message_type: Literal["text", "image", "file", "audio", "video"] = "text"
    reply_to_message_id: Id | UnsetType = UNSET
    media_url: str | UnsetType = UNSET
    is_catchup: bool = False
    sequence: Sequence | UnsetType = UNSET
    revision: Sequence | UnsetType = UNSET
    is_deleted: bool = False

    @property
    def is_change(self) -> bool:
        """Whether it is about a message that was sent. One with a client id is to be sent."""
        return self.message_id is not UNSET and self.client_message_id is UNSET


class TypingFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="typing"):
    """The person is about to send something from this connection, or stopped."""

    conversation_id: Id
    is_typing: bool
    activity: Activity = Activity.TEXT


Marks = Annotated[tuple[Mark, ...], Meta(min_length=1, max_length=MAX_MARKS)]


class _MarkFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One mark, or in ``marks`` those of many conversations at once."""

    conversation_id: Id | UnsetType = UNSET
    message_id: Id | UnsetType = UNSET
    marks: Marks | UnsetType = UNSET

    def __post_init__(self) -> None:
        one = (self.conversation_id is not UNSET, self.message_id is not UNSET)
        if one != (self.marks is UNSET,) * 2:
            raise ValueError(NO_MARK)

    def all_marks(self) -> tuple[Mark, ...]:
        """What it marks."""
        if self.marks is not UNSET:
            return self.marks
        assert self.conversation_id is not UNSET, "a mark is in a conversation"
        assert self.message_id is not UNSET, "a mark is at a message"
        return (Mark(conversation_id=self.conversation_id, message_id=self.message_id),)


class ReadFrame(_MarkFrame, frozen=True, kw_only=True, rename="camel", tag="read"):
    """The user has read everything up to the message; or, in ``marks``, so in many conversations
    at once."""


class DeliveredFrame(_MarkFrame, frozen=True, kw_only=True, rename="camel", tag="delivered"):
    """A device of the user holds everything up to the message; or, in ``marks``, so in many
    conversations at once."""


class UnreadFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="unread"):
    """The user wants everything from the message on to be unread again; without one, from the
    last message of others on."""

    conversation_id: Id
    message_id: Id | UnsetType = UNSET


class ReactionFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="reaction"):
    """The user's emoji on a message is there, or is not."""

    conversation_id: Id
    message_id: Id
    content: str
    message_type: str


class PresenceFrame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="presence"):
    """A heartbeat; or the device's idleness; or the status that the user chose."""

    is_idle: bool | UnsetType = UNSET
    presence_status: PresenceStatus | UnsetType = UNSET
    until: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    """When the chosen status ends by itself."""


Frame = (
    MessageFrame
    | TypingFrame
    | ReadFrame
    | DeliveredFrame
    | UnreadFrame
    | ReactionFrame
    | PresenceFrame
)


class Draft(msgspec.Struct, kw_only=True, frozen=True):
    """A message to be sent, checked as far as it can be without the database."""

    conversation_id: int
    client_message_id: str
    content: str
    message_type: str
    reply_to_message_id: int | None
    media_url: str


class Edit(msgspec.Struct, kw_only=True, frozen=True):
    """What a message shall say from now on."""

    conversation_id: int
    message_id: int
    content: str


_decoder = msgspec.json.Decoder(Frame)
_number_in = re.compile(r'"(conversationId|messageId)"\s*:\s*([0-9]{1,18})(?=[\s,}])')
_client_id_in = re.compile(rf'"(clientMessageId)"\s*:\s*"([^"\\]{{1,{MAX_CLIENT_ID}}})"')
_kinds = frozenset({"message", "typing", "read", "delivered", "unread", "reaction", "presence"})


def decode(text: str) -> Frame:
    """The frame in the text. Raises ``Refused``: invalid_json, unknown_type, invalid_frame."""
    try:
        frame: Frame = _decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _refusal(text, error) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Refused(ErrorCode.INVALID_JSON) from None
    else:
        return frame


def _refusal(text: str, error: msgspec.ValidationError) -> Refused:
    """Why valid JSON is no frame."""
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return Refused(ErrorCode.INVALID_JSON)
    if not isinstance(raw, dict):
        return Refused(ErrorCode.INVALID_FRAME, "A frame is one JSON object.")
    kind = raw.get("type")
    if isinstance(kind, str) and kind not in _kinds:
        return Refused(ErrorCode.UNKNOWN_TYPE)
    return Refused(ErrorCode.INVALID_FRAME, str(error))


def echo_of(text: str) -> dict[str, Any]:
    """What an ``error`` repeats of the refused frame, where it is of its type: keyword arguments
    for ``error_message``."""
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raw = _ids_in(text)
    if not isinstance(raw, dict):
        return {}
    kinds = {"conversationId": int, "messageId": int, "clientMessageId": str}
    names = {
        "conversationId": "conversation_id",
        "messageId": "message_id",
        "clientMessageId": "client_message_id",
    }
    echo = {names[key]: raw[key] for key, kind in kinds.items() if type(raw.get(key)) is kind}
    kind = raw.get("type")
    if isinstance(kind, str) and kind in _kinds:
        echo["refused_type"] = kind
    if "marks" in raw:
        echo["marks"] = _marks_in(raw["marks"])
    return echo


def _ids_in(text: str) -> dict[str, Any]:
    """The ids that stand in a text which can't be parsed, so that a client learns what of all that
    it sent will never be taken. Within a JSON string quotes are escaped, so nothing that a person
    wrote is mistaken for one. Of many marks none is the one that was refused."""
    if '"marks"' in text:
        return {}
    numbers = {name: int(number) for name, number in _number_in.findall(text)}
    return {**numbers, **dict(_client_id_in.findall(text))}


def _marks_in(raw: object) -> list[Mark] | None:
    """Those marks of a refused frame that are what they should be, no more than one may hold."""
    found = (
        [mark for one in raw[:MAX_MARKS] for mark in _mark_in(one)] if isinstance(raw, list) else []
    )
    return found or None


def _mark_in(raw: object) -> list[Mark]:
    try:
        return [msgspec.convert(raw, Mark)]
    except msgspec.ValidationError:
        return []


def choice_of(frame: PresenceFrame, *, now: datetime) -> Choice | None:
    """The status that the frame chooses, if it does. Raises ``Refused``."""
    if frame.presence_status is UNSET:
        if frame.until is not UNSET:
            raise Refused(ErrorCode.INVALID_FRAME, "Only a chosen status has an end.")
        return None
    choice = Choice(status=frame.presence_status, until=_moment(frame.until))
    problem = why_not(choice, now=now)
    if problem is not None:
        raise Refused(ErrorCode.INVALID_FRAME, problem)
    return choice


def _moment(named: datetime | UnsetType) -> datetime | None:
    """In UTC, and no finer than times are told on the wire."""
    if named is UNSET:
        return None
    try:
        moment = named.astimezone(UTC)
    except OverflowError:
        raise Refused(ErrorCode.INVALID_FRAME, "There is no such time.") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def draft_of(frame: MessageFrame) -> Draft:
    """The message that the frame wants sent. Raises ``Refused`` by the code of what is wrong."""
    client_id = frame.client_message_id
    if client_id is UNSET or not 1 <= len(client_id) <= MAX_CLIENT_ID:
        raise Refused(ErrorCode.CLIENT_ID_REQUIRED)
    content = _content_of(frame)
    media_url = "" if frame.media_url is UNSET else frame.media_url
    if frame.message_type != "text" and not media_url:
        raise Refused(ErrorCode.INVALID_MEDIA, NO_UPLOAD)
    if not content and not media_url:
        raise Refused(ErrorCode.CONTENT_REQUIRED)
    require_no_nul(client_id)
    reply_to = frame.reply_to_message_id
    return Draft(
        conversation_id=frame.conversation_id,
        client_message_id=client_id,
        content=content,
        message_type=frame.message_type,
        reply_to_message_id=None if reply_to is UNSET else reply_to,
        media_url=media_url,
    )


def edit_of(frame: MessageFrame) -> Edit:
    """The change that the frame wants made. Whether it may be empty is for the message to say.
    Raises ``Refused`` by the code of what is wrong."""
    assert frame.message_id is not UNSET, "a change is one of a message"
    if frame.content is UNSET:
        raise Refused(ErrorCode.CONTENT_REQUIRED)
    return Edit(
        conversation_id=frame.conversation_id,
        message_id=frame.message_id,
        content=_content_of(frame),
    )


def require_no_nul(text: str) -> None:
    """Raise ``Refused`` (invalid_frame) if the text holds NUL, which PostgreSQL can't store."""
    if "\0" in text:
        sentence = "Text may not hold the character NUL."
        raise Refused(ErrorCode.INVALID_FRAME, sentence, reason=Reason.NUL_CHARACTER)


def _content_of(frame: MessageFrame) -> str:
    content = "" if frame.content is UNSET else frame.content.strip()
    if len(content) > MAX_CONTENT:
        raise Refused(ErrorCode.CONTENT_TOO_LONG)
    require_no_nul(content)
    return "" if is_blank(content) else content
