"""Events encoded once, and joined into frames that are built once for all receivers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from chatsite.realtime.kinds import KINDS, Kind
from chatsite.realtime.wire import Event, encode_event

WRITE_EXTENSION = "chatsite.frame"
"""The ASGI extension of ``ws_protocol``: in ``scope["extensions"]`` it has ``{"write": function,
"flushed": coroutine function}``."""

READ_EXTENSION = "chatsite.reading"
"""Another extension: ``{"hold": function, "begin": function}``. An application that calls ``hold``
before it receives anything is told only that the client left, until it calls ``begin``: what the
client sends is not parsed."""


class Item(NamedTuple):
    """An event, encoded once for all receivers."""

    event: Event
    kind: Kind
    encoded: bytes
    key: tuple[object, ...] | None
    """A newer event with this key replaces it: (type, conversation, sender). ``None``: durable."""


def item_of(event: Event) -> Item:
    """The event with its encoding, and its key if it is of a kind where the newest wins. Raises
    ``KeyError`` for an event of no known kind."""
    kind = KINDS[event["type"]]
    key: tuple[object, ...] | None = None
    if kind.newest_wins:
        key = (event["type"], event.get("conversationId"), event.get("senderId"))
        if "chosenStatus" in event:
            key = (*key, "own")
    return Item(event, kind, encode_event(event), key)


def newest(items: Iterable[Item]) -> list[Item]:
    """The items in order, without those that a later one replaces."""
    kept: list[Item] = []
    seen: set[tuple[object, ...]] = set()
    for item in reversed(list(items)):
        if item.key is not None:
            if item.key in seen:
                continue
            # The event for a person's own devices contains what others receive, too.
            seen.update((item.key, item.key[:3]))
        kept.append(item)
    kept.reverse()
    return kept


class Frame:
    """Items joined into one frame: a JSON array, in order."""

    __slots__ = ("items", "message", "wire")

    def __init__(self, items: Sequence[Item]) -> None:
        payload = b"[" + b",".join([item.encoded for item in items]) + b"]"
        self.items = items
        self.message: dict[str, Any] = {"type": "websocket.send", "text": payload.decode()}
        """The ASGI event that sends it."""
        self.wire = websocket_frame(payload)
        """The bytes on the wire, for a server program that accepts them (``ws_protocol``)."""


def websocket_frame(payload: bytes) -> bytes:
    """A whole text message as a server sends it: RFC 6455, section 5.2, unmasked."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload
