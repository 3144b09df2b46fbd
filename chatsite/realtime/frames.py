"""Events on their way out: encoded once, joined into frames that are built once for all."""

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
"""Another: ``{"hold": function, "begin": function}``. An application that calls the first, before
it asks for anything, is told of nothing but the client's leaving until it calls the second: what
the client sends is not looked at."""


class Item(NamedTuple):
    """An event, encoded once for all who get it."""

    event: Event
    kind: Kind
    encoded: bytes
    key: tuple[object, ...] | None
    """What a newer event replaces: (type, conversation, sender). ``None``: durable."""


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
    """The items in order, of the replaceable ones only the last of each key."""
    kept: list[Item] = []
    seen: set[tuple[object, ...]] = set()
    for item in reversed(list(items)):
        if item.key is not None:
            if item.key in seen:
                continue
            # Whoever is told what they chose is told what they appear as, too.
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
        """The bytes on the wire, for a server program that takes them (``ws_protocol``)."""


def websocket_frame(payload: bytes) -> bytes:
    """A whole text message as a server sends it: RFC 6455, section 5.2, unmasked."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload
