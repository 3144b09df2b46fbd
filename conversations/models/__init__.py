"""Conversations, who is in them, and what was said."""

from __future__ import annotations

from conversations.models.membership import (
    MARKS,
    OWN_MARKS,
    UNREAD_MARK,
    Conversation,
    Departure,
    Participant,
)
from conversations.models.messages import Media, Message, Reaction
from conversations.models.people import Allowance, KnownPerson, NameWord

__all__ = [
    "MARKS",
    "OWN_MARKS",
    "UNREAD_MARK",
    "Allowance",
    "Conversation",
    "Departure",
    "KnownPerson",
    "Media",
    "Message",
    "NameWord",
    "Participant",
    "Reaction",
]
