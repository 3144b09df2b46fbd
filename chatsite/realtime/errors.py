"""Refusing by code: what a client is told when a frame or a request can't be carried out."""

from __future__ import annotations

from enum import StrEnum

from chatsite.realtime.metrics import REFUSED
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, Mark


class ErrorCode(StrEnum):
    """Every code an ``error`` may carry."""

    INVALID_JSON = "invalid_json"
    INVALID_FRAME = "invalid_frame"
    UNKNOWN_TYPE = "unknown_type"
    NOT_A_PARTICIPANT = "not_a_participant"
    UNKNOWN_MESSAGE = "unknown_message"
    CONTENT_REQUIRED = "content_required"
    CONTENT_TOO_LONG = "content_too_long"
    CLIENT_ID_REQUIRED = "client_id_required"
    CLIENT_ID_REUSED = "client_id_reused"
    INVALID_REPLY = "invalid_reply"
    INVALID_MEDIA = "invalid_media"
    INVALID_REACTION = "invalid_reaction"
    NOT_ALLOWED = "not_allowed"
    CONVERSATION_FULL = "conversation_full"
    SIGNED_OUT = "signed_out"
    WRONG_ACCOUNT = "wrong_account"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INTERNAL_ERROR = "internal_error"


SENTENCES = {
    ErrorCode.INVALID_JSON: "This is not valid JSON.",
    ErrorCode.INVALID_FRAME: "A field is missing, or is not of its type.",
    ErrorCode.UNKNOWN_TYPE: "There is no frame of this type.",
    ErrorCode.NOT_A_PARTICIPANT: "You are not in this conversation.",
    ErrorCode.UNKNOWN_MESSAGE: "There is no such message in this conversation.",
    ErrorCode.CONTENT_REQUIRED: "A message needs content.",
    ErrorCode.CONTENT_TOO_LONG: "A message has at most 8,000 characters.",
    ErrorCode.CLIENT_ID_REQUIRED: "A message needs a clientMessageId of 1 to 64 characters.",
    ErrorCode.CLIENT_ID_REUSED: "This clientMessageId belongs to a message with other content.",
    ErrorCode.INVALID_REPLY: "The message replied to is not in this conversation.",
    ErrorCode.INVALID_MEDIA: "This mediaUrl was not uploaded by you.",
    ErrorCode.INVALID_REACTION: "A reaction is one emoji, to be added or removed.",
    ErrorCode.NOT_ALLOWED: "Only an admin of the conversation may do this.",
    ErrorCode.CONVERSATION_FULL: "This conversation has no room for more people.",
    ErrorCode.SIGNED_OUT: "Sign in first.",
    ErrorCode.WRONG_ACCOUNT: "This browser is signed in to another account.",
    ErrorCode.RATE_LIMITED: "Too many frames. Slow down.",
    ErrorCode.UNAVAILABLE: "The server can't store this now. Try again.",
    ErrorCode.NOT_FOUND: "There is nothing at this address.",
    ErrorCode.METHOD_NOT_ALLOWED: "This address does not know that method.",
    ErrorCode.INTERNAL_ERROR: "The server failed. It has noted why.",
}


class Refused(Exception):
    """The request can't be carried out; nothing was changed.

    ``reason`` tells apart the causes of one code. ``retry_after`` is in how many seconds the same
    request may be granted, where that is known."""

    def __init__(
        self,
        code: ErrorCode,
        sentence: str | None = None,
        *,
        reason: Reason | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or SENTENCES[code]
        self.reason = reason
        self.retry_after = retry_after


def error_message(
    refused: Refused,
    *,
    conversation_id: int | None = None,
    message_id: int | None = None,
    client_message_id: str | None = None,
    refused_type: str | None = None,
    marks: list[Mark] | None = None,
) -> ChatStreamMessage:
    """The ``error`` event, with the echo of what the refused frame named."""
    REFUSED.labels(refused.code).inc()
    return ChatStreamMessage(
        type=ChatMessageType.ERROR,
        code=refused.code,
        reason=refused.reason,
        content=refused.sentence,
        conversation_id=conversation_id,
        message_id=message_id,
        client_message_id=client_message_id,
        refused_type=refused_type,
        marks=marks,
    )
