"""The stream's events and frames as JSON Schemas, made from their structs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from conversations import inbound

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"

# The keys of each event: those that it always has, and those it has where they apply.
EVENTS: dict[ChatMessageType, tuple[str, str, str]] = {
    ChatMessageType.READY: (
        "The state of everything; always the first event. Sent again if events may be lost.",
        "senderId timestamp heartbeatInterval typingTimeout presenceStatus showsPresence"
        " showsTyping showsReceipts limits conversations peopleVersion",
        "until",
    ),
    ChatMessageType.MESSAGE: (
        "What was said, as it is now. Without senderId if the account is deleted.",
        "conversationId messageId sequence senderName content messageType timestamp"
        " clientMessageId",
        "senderId senderAvatarUrl replyToMessageId mediaUrl mediaName mediaBytes mediaWidth"
        " mediaHeight thumbnailUrl revision editedAt isDeleted isCatchup",
    ),
    ChatMessageType.TYPING: (
        "Somebody is typing, or stopped. With activity they are about to send something else.",
        "conversationId senderId senderName isTyping",
        "activity",
    ),
    ChatMessageType.PRESENCE: (
        "How somebody appears. What they chose is told to their own connections alone.",
        "senderId presenceStatus sequence",
        "timestamp chosenStatus until",
    ),
    ChatMessageType.READ: (
        "Somebody has read everything up to a message.",
        "conversationId senderId messageId sequence timestamp",
        "",
    ),
    ChatMessageType.DELIVERED: (
        "A device of somebody holds everything up to a message.",
        "conversationId senderId messageId sequence timestamp",
        "",
    ),
    ChatMessageType.UNREAD: (
        "You marked the messages from sequence on as unread; without sequence: no longer.",
        "conversationId senderId timestamp",
        "sequence",
    ),
    ChatMessageType.REACTION: (
        "Somebody's emoji on a message is there (messageType add), or is not (remove).",
        "conversationId messageId sequence senderId senderName content messageType timestamp",
        "revision isCatchup",
    ),
    ChatMessageType.CONVERSATION: (
        "Something about a conversation changed; with isCatchup, the end of a catch-up.",
        "conversationId",
        "sequence revision hasMore isCatchup",
    ),
    ChatMessageType.PERSON: (
        "Somebody is called this from now on, or their account is active no longer, or again.",
        "senderId senderName isActive sequence",
        "",
    ),
    ChatMessageType.RECEIPTS: (
        "Somebody shows what they have received and read, up to here, or no longer does.",
        "conversationId senderId showsReceipts sequence",
        "readSequence deliveredSequence",
    ),
    ChatMessageType.ERROR: (
        "A frame was refused, and nothing was changed; of one with marks, those named here were"
        " refused. It repeats what the frame named.",
        "code content",
        "reason refusedType conversationId messageId clientMessageId marks",
    ),
}

# What a word of the envelope may be in one kind of event.
NARROWED: dict[tuple[ChatMessageType, str], Schema] = {
    (ChatMessageType.MESSAGE, "messageType"): {"enum": ["text", "image", "file", "audio", "video"]},
    (ChatMessageType.REACTION, "messageType"): {"enum": ["add", "remove"]},
    (ChatMessageType.ERROR, "code"): {"$ref": REFERENCE.format(name="ErrorCode")},
    (ChatMessageType.ERROR, "reason"): {"$ref": REFERENCE.format(name="Reason")},
}


def schemas_of(types: Iterable[Any]) -> dict[str, Schema]:
    """The structs among the types, and all that they name, by name."""
    _, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return {name: _tidy(schema) for name, schema in components.items()}


def event_schemas() -> dict[str, Schema]:
    """Each event by its type, and what they name."""
    known = schemas_of([ChatStreamMessage, ErrorCode, Reason])
    fields = known.pop("ChatStreamMessage")["properties"]
    del known["ChatMessageType"]
    events = {str(kind): _event_schema(kind, fields) for kind in EVENTS}
    return {**events, **known}


def frame_schemas() -> dict[str, Schema]:
    """Each frame that a client may send by the name of its struct, and what they name."""
    return schemas_of(get_args(inbound.Frame))


def _event_schema(kind: ChatMessageType, fields: dict[str, Schema]) -> Schema:
    description, always, sometimes = EVENTS[kind]
    names = [*always.split(), *sometimes.split()]
    properties = {name: NARROWED.get((kind, name), fields[name]) for name in names}
    return {
        "description": description,
        "type": "object",
        "properties": {"type": {"const": str(kind)}, **properties},
        "required": ["type", *always.split()],
    }


def _tidy(schema: Any) -> Any:
    """Without null, which is never sent, and with descriptions that are not set as in code."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:
        kept = [one for one in schema["anyOf"] if one != {"type": "null"}]
        if len(kept) == 1:
            return _tidy(kept[0])
    tidy = {key: _tidy(value) for key, value in schema.items() if (key, value) != ("default", None)}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = re.sub(r"\s+", " ", tidy["description"]).replace("``", "`")
    return tidy
