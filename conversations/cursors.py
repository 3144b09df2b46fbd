"""How far a client got, conversation by conversation, as it says so itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from chatsite.realtime.wire import ConversationState

RESUME_LIMIT = 1_000
"""Conversations that ``resume`` may name; the rest is caught up on by asking."""


class Cursor(msgspec.Struct, frozen=True):
    """How far a client got in a conversation."""

    sequence: int
    revision: int | None = None
    """Up to which it holds the changes; ``None``: it does not count them."""


Cursors = Mapping[int, Cursor]


class Ask(msgspec.Struct, frozen=True):
    """A client wants to know what it missed in a conversation."""

    conversation_id: int
    cursor: Cursor
    limit: int | None = None
    """At most so many messages, where it was told some already; ``None``: ``CATCHUP_LIMIT``."""


def parse_resume(text: str) -> dict[int, Cursor]:
    """``"12:57:130,13:4"`` as {12: Cursor(57, 130), 13: Cursor(4)}. What is malformed is left
    out: it is only a hint."""
    cursors: dict[int, Cursor] = {}
    for part in text.split(",")[:RESUME_LIMIT]:
        numbers = part.split(":")
        if len(numbers) in (2, 3) and all(map(is_number, numbers)):
            conversation, *cursor = map(int, numbers)
            cursors[conversation] = Cursor(*cursor)
    return cursors


def is_number(text: str) -> bool:
    """Whether the text is a number that the database can hold."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def asks_of(resume: Cursors, states: Iterable[ConversationState]) -> list[Ask]:
    """What ``resume`` asks for, in its own order, where ``ready`` says that something is missing.

    The client reads the same from ``ready``, and so knows of which conversations an answer comes.
    """
    by_id = {state.conversation_id: state for state in states}
    return [
        Ask(conversation_id, cursor)
        for conversation_id, cursor in resume.items()
        if conversation_id in by_id and is_behind(cursor, by_id[conversation_id])
    ]


def is_behind(cursor: Cursor, state: ConversationState) -> bool:
    """Whether something is missing."""
    misses_changes = cursor.revision is not None and cursor.revision < state.revision
    return misses_changes or cursor.sequence < state.sequence
