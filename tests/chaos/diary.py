"""What a client wants to say, and what happened to it, for the judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.chaos.availability import Wait
from tests.chaos.view import Event


@dataclass
class Draft:
    """What is to be sent until it is acknowledged or refused."""

    conversation_id: int
    client_id: str
    content: str
    sent_at: float = 0.0
    """When it was sent on this connection, and not refused for now since. 0: it is to be sent."""
    waits_since: float = 0.0
    """When it was sent first. 0: it was not."""


@dataclass
class Diary:
    """What happened to a client."""

    heard: list[Event] = field(default_factory=list)
    """All that was about messages, in order; ``connection`` tells on which."""
    acknowledged: dict[tuple[int, str], int] = field(default_factory=dict)
    """(conversation, client id) to the id of the message."""
    refused: set[tuple[int, str]] = field(default_factory=set)
    contents: dict[tuple[int, str], str] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    """Of what was acknowledged."""
    connections: int = 0
    strange: list[str] = field(default_factory=list)
    """What no rule allows."""
