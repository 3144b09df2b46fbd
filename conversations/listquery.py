"""What a request asks of the lists of conversations and of the people in one: its query, read and
answered."""

from __future__ import annotations

from collections.abc import Mapping

from chatsite.realtime.errors import ErrorCode, Refused
from conversations.api import number_of
from conversations.listing import (
    Position,
    conversations_found,
    conversations_of,
    conversations_page,
)
from conversations.members import Position as MemberPosition
from conversations.members import participants_page
from conversations.models import Participant
from conversations.shapes import Conversation, Conversations, Participants

LIST_LIMIT = 100
"""Conversations in one page, or named in one request."""

MEMBERS_DEFAULT = 50
MEMBERS_LIMIT = 500
"""People in one page."""

PAGE_LISTED = 30
PAGE_FEW = 10
"""What the page begins with: so many conversations, and so many people of each."""

WAYS = ("limit", "ids", "q")


Query = Mapping[str, str]
"""A request's parameters."""


def participants_asked(query: Query) -> int | None:
    """How many participants of each conversation are to be told at most; ``None``: all."""
    text = query.get("participants")
    return None if text is None else number_of(text, name="participants")


def list_conversations(query: Query, *, user_id: int) -> Conversations:
    """The list as it is asked for. Raises ``Refused`` (invalid_frame)."""
    if sum(way in query for way in WAYS) > 1 or ("after" in query and "limit" not in query):
        raise Refused(ErrorCode.INVALID_FRAME, "Ask for a page, for ids, or for what is found.")
    participants = participants_asked(query)
    if "q" in query:
        text = query["q"].replace("\0", "")
        return Conversations(
            conversations=conversations_found(user_id, text=text, participants=participants)
        )
    if "limit" in query:
        limit = number_of(query["limit"], name="limit")
        return conversations_page(
            user_id,
            limit=max(1, min(limit, LIST_LIMIT)),
            after=Position.parse(query["after"]) if "after" in query else None,
            participants=participants,
        )
    only = _ids(query["ids"]) if "ids" in query else None
    return Conversations(
        conversations=conversations_of(user_id, only=only, participants=participants)
    )


def first_conversations(user_id: int) -> Conversations:
    """What the page's list begins with."""
    return conversations_page(user_id, limit=PAGE_LISTED, participants=PAGE_FEW)


def opened_conversation(
    user_id: int, conversation_id: int | None, first: Conversations
) -> Conversation | None:
    """The conversation that is open as the page begins, if it is none of the first."""
    listed = {one.conversation_id for one in first.conversations}
    if conversation_id is None or conversation_id in listed:
        return None
    found = conversations_of(user_id, only=[conversation_id], participants=PAGE_FEW)
    return found[0] if found else None


def list_participants(query: Query, *, place: Participant) -> Participants:
    """Those in the conversation of this place. Raises ``Refused`` (invalid_frame)."""
    limit = number_of(query.get("limit", str(MEMBERS_DEFAULT)), name="limit")
    return participants_page(
        place,
        limit=max(1, min(limit, MEMBERS_LIMIT)),
        after=MemberPosition.parse(query["after"]) if "after" in query else None,
        text=query.get("q", "").replace("\0", ""),
    )


def _ids(text: str) -> set[int]:
    ids = {number_of(part, name="ids") for part in text.split(",") if part}
    if len(ids) > LIST_LIMIT:
        raise Refused(ErrorCode.INVALID_FRAME, f"Name {LIST_LIMIT} ids at once at most.")
    return ids
