"""The stream as an AsyncAPI document."""

from __future__ import annotations

from typing import Any

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.errors import SENTENCES
from chatsite.realtime.reasons import MEANINGS
from conversations.eventschemas import EVENTS, REFERENCE, event_schemas, frame_schemas

# Closed by the server program, not by the site.
NOT_UTF8 = 1007
SERVER_STOPS = 1012

# Code to what it means, and whether a client may come back.
CLOSE_CODES: dict[int, tuple[str, bool]] = {
    NOT_UTF8: ("A text was not UTF-8. daphne cuts the connection without a code.", True),
    CloseCode.TOO_LARGE: ("A frame was larger than STREAM_MAX_FRAME.", True),
    CloseCode.FAILED: ("The server failed, or no ping was answered.", True),
    CloseCode.UNAVAILABLE: ("The database or Redis can't be reached.", True),
    CloseCode.SIGNED_OUT: ("Not signed in, or no longer.", False),
    CloseCode.SILENT: ("Nothing was heard for PRESENCE_TIMEOUT.", True),
    CloseCode.WRONG_ACCOUNT: ("Not signed in as the user whom the query names.", False),
    CloseCode.FORCED: ("An operator closed the connections.", True),
    CloseCode.TOO_MANY: ("Too many frames, or too many connections.", True),
    CloseCode.SLOW: (
        "The client reads more slowly than events come, or asks for too many catch-ups at once.",
        True,
    ),
    SERVER_STOPS: ("The server is stopping.", True),
}

QUERY = {
    "type": "object",
    "properties": {
        "resume": {
            "type": "string",
            "description": "How far the client got: conversation, sequence and, if it counts"
            " them, revision.",
            "examples": ["12:57:130,13:4"],
        },
        "user": {
            "type": "integer",
            "description": "Whose session the client believes to use. If it is another's, the"
            " connection is closed.",
        },
        "device": {
            "type": "string",
            "maxLength": 200,
            "description": "The name of the device. Without it the User-Agent is used.",
        },
        "idle": {
            "const": "true",
            "description": "The device is idle as it connects. Without it the device counts as in"
            " use until it says otherwise.",
        },
    },
}


def describe_stream() -> dict[str, Any]:
    """The document."""
    frames = {name: schema for name, schema in frame_schemas().items() if name.endswith("Frame")}
    messages = {name: _message(name, schema) for name, schema in frames.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "chatsite: the stream",
            "version": "1",
            "description": "One WebSocket for everything live. Clients send one object in each"
            " text frame; the server sends an array of one or more events. A key without a"
            " value is absent. Ignore keys that you do not know. See protocol.md.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": "/ws/chat/",
                "description": "With the session cookie of a signed-in user.",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"}
                    for name in (*messages, "events")
                },
                "bindings": {"ws": {"method": "GET", "query": QUERY}},
                "x-close-codes": _close_codes(),
            }
        },
        "operations": {
            "hear": _operation("send", "What the server tells.", ["events"]),
            "say": _operation("receive", "What a client says.", list(messages)),
        },
        "components": {
            "messages": {**messages, "events": _events_message()},
            "schemas": {**event_schemas(), **frame_schemas()},
        },
        "x-error-codes": {str(code): SENTENCES[code] for code in sorted(SENTENCES)},
        "x-error-reasons": {str(reason): MEANINGS[reason] for reason in sorted(MEANINGS)},
    }


def _operation(action: str, summary: str, messages: list[str]) -> dict[str, Any]:
    channel = "#/channels/stream"
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in messages],
    }


def _message(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": schema["properties"]["type"]["enum"][0],
        "summary": schema["description"],
        "payload": {"$ref": REFERENCE.format(name=name)},
    }


def _events_message() -> dict[str, Any]:
    kinds = [{"$ref": REFERENCE.format(name=kind)} for kind in EVENTS]
    return {
        "name": "events",
        "summary": "One or more events, in order.",
        "payload": {"type": "array", "minItems": 1, "items": {"oneOf": kinds}},
    }


def _close_codes() -> list[dict[str, Any]]:
    return [
        {"code": code, "description": meaning, "reconnect": reconnect}
        for code, (meaning, reconnect) in sorted(CLOSE_CODES.items())
    ]
