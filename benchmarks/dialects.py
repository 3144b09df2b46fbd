"""How each server is spoken to. All are asked the same, in their own words."""

from __future__ import annotations

from typing import Protocol

import msgspec

from benchmarks.people import Made

Fact = tuple[int, bool]
"""(user id, is typing), as a viewer is told."""


class Dialect(Protocol):
    """What the load knows of a server."""

    greets: bool
    """Whether it says when a connection is ready."""
    echoes: bool
    """Whether the one who types is told of it too."""

    def path(self, made: Made, person: int, rooms: list[int]) -> str:
        """Where this person's socket is."""

    def answer(self, text: bytes) -> bytes | None:
        """What a client must answer to stay connected."""

    def is_ready(self, text: bytes) -> bool:
        """Whether this tells that the connection is all there."""

    def typing(self, made: Made, person: int, room_id: int, *, is_typing: bool) -> bytes:
        """The frame by which the person says that they type."""

    def facts(self, text: bytes) -> list[Fact]:
        """Who types, according to the frame."""


class Chatsite:
    """This project's protocol."""

    greets = True
    echoes = False

    def path(self, made: Made, person: int, rooms: list[int]) -> str:
        """The server knows who it is and what they are in."""
        return "/ws/chat/?device=load"

    def answer(self, text: bytes) -> bytes | None:
        """Nothing but heartbeats is expected of a client."""
        return None

    def is_ready(self, text: bytes) -> bool:
        """Always the first event of a connection."""
        return text.startswith(b'[{"type":"ready"')

    def typing(self, made: Made, person: int, room_id: int, *, is_typing: bool) -> bytes:
        """A ``typing`` frame."""
        frame = {"type": "typing", "conversationId": room_id, "isTyping": is_typing}
        return msgspec.json.encode(frame)

    def facts(self, text: bytes) -> list[Fact]:
        """Every frame is a list."""
        return [
            (event["senderId"], event["isTyping"])
            for event in msgspec.json.decode(text)
            if event["type"] == "typing"
        ]


class Tutorial:
    """JSON objects, sent to everybody in the room."""

    greets = False
    echoes = True

    def path(self, made: Made, person: int, rooms: list[int]) -> str:
        """One room a socket."""
        return f"/ws/chat/{made.room_ids[rooms[0]]}/"

    def answer(self, text: bytes) -> bytes | None:
        """Nothing is expected of a client."""
        return None

    def is_ready(self, text: bytes) -> bool:
        """It is ready once it is accepted, and says nothing."""
        return False

    def typing(self, made: Made, person: int, room_id: int, *, is_typing: bool) -> bytes:
        """A client says all of it: the server knows no names."""
        return msgspec.json.encode(_whole(made, person, room_id, is_typing=is_typing))

    def facts(self, text: bytes) -> list[Fact]:
        """Every frame is one event."""
        event = msgspec.json.decode(text)
        return [(event["senderId"], event["isTyping"])]


class Bare(Tutorial):
    """A server that hands on what it hears."""

    greets = False
    echoes = False

    def path(self, made: Made, person: int, rooms: list[int]) -> str:
        """There is only one."""
        return "/"


class SocketIO:
    """Socket.IO 5 over Engine.IO 4, on a WebSocket from the start."""

    greets = True
    echoes = False

    def path(self, made: Made, person: int, rooms: list[int]) -> str:
        """It does not know people: the client says who it is and what to join."""
        names = ",".join(str(made.room_ids[room]) for room in rooms)
        who = f"user={made.user_ids[person]}&name=person-{person}&rooms={names}"
        return f"/socket.io/?EIO=4&transport=websocket&{who}"

    def answer(self, text: bytes) -> bytes | None:
        """Pings, and the opening of the default namespace."""
        if text == b"2":
            return b"3"
        return b"40" if text.startswith(b"0") else None

    def is_ready(self, text: bytes) -> bool:
        """The namespace is open."""
        return text.startswith(b"40")

    def typing(self, made: Made, person: int, room_id: int, *, is_typing: bool) -> bytes:
        """An event with one argument."""
        frame = {"type": "typing", "conversationId": room_id, "isTyping": is_typing}
        return b"42" + msgspec.json.encode(["typing", frame])

    def facts(self, text: bytes) -> list[Fact]:
        """Every frame is one event."""
        if not text.startswith(b"42"):
            return []
        event = msgspec.json.decode(text[2:])[1]
        return [(event["senderId"], event["isTyping"])]


def _whole(made: Made, person: int, room_id: int, *, is_typing: bool) -> dict[str, object]:
    return {
        "type": "typing",
        "conversationId": room_id,
        "senderId": made.user_ids[person],
        "senderName": f"person-{person}",
        "isTyping": is_typing,
    }
