"""The bodies of the HTTP API's requests and answers, one struct each."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import Event, Id, PresenceStatus
from conversations.mediatypes import MediaKind

# The stream's own events. They are ready to be sent, so their structs are behind them.
MessageEvent = Annotated[Event, Meta(extra_json_schema={"$ref": "#/components/schemas/message"})]
ReactionEvent = Annotated[Event, Meta(extra_json_schema={"$ref": "#/components/schemas/reaction"})]

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Asked(msgspec.Struct, rename="camel"):
    """What a request asks for."""


class Answer(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is answered. What has no value is left out."""


class NewConversation(Asked):
    """The body of ``POST /api/conversations/``."""

    participant_ids: list[Id]
    title: str = ""
    history_visible: bool = True


class ConversationChange(Asked):
    """The body of ``PATCH /api/conversations/12/``; what it does not name stays as it is."""

    title: str | UnsetType = UNSET
    history_visible: bool | UnsetType = UNSET


class NewParticipant(Asked):
    """The body of ``POST /api/conversations/12/participants/``."""

    user_id: Id


class ParticipantChange(Asked):
    """The body of ``PATCH /api/conversations/12/participants/9/``."""

    is_admin: bool


class PrivacyChoice(Asked):
    """The body of ``POST /api/privacy/``; what it does not name stays as it is."""

    shows_presence: bool | UnsetType = UNSET
    shows_typing: bool | UnsetType = UNSET
    shows_receipts: bool | UnsetType = UNSET


class Refusal(Answer):
    """Why it is not done."""

    code: ErrorCode
    content: str
    """A sentence for a person."""
    reason: Reason | None = None
    """Which of the causes that the code has, where it has several."""


class Person(Answer):
    """Somebody to start a conversation with."""

    user_id: int
    name: str
    username: str
    """No two people have the same."""


class People(Answer):
    """Those who were found."""

    people: list[Person]


class PersonInConversation(Answer):
    """Somebody in a conversation."""

    user_id: int
    name: str
    is_admin: bool
    is_active: bool = True
    """False: their account is deactivated, so they read nothing. Absent where it is true."""
    version: int = 0
    """That of the last ``person`` event about them; absent: there was none."""
    read_sequence: int | UnsetType = UNSET
    """Up to where they have read, as far as they show it."""
    delivered_sequence: int | UnsetType = UNSET


class Conversation(Answer):
    """One of the user's conversations."""

    conversation_id: int
    title: str
    is_direct: bool
    participants: list[PersonInConversation]
    """All of them, or as many as were asked for."""
    participant_count: int
    """How many there are."""
    sequence: int
    """That of its last message."""
    revision: int
    """How many changes were made to its messages."""
    read_sequence: int
    """Up to where the user has read."""
    unread: int
    """How many messages of others, that are not deleted, the user has yet to read."""
    is_admin: bool
    """Whether the user may change it."""
    history_visible: bool
    """Whether who comes later sees what was said before."""
    active_at: Moment
    """When its last message was sent, or it began."""
    unread_from: int | UnsetType = UNSET
    """The sequence from which on the user marked messages as unread, until they are read."""
    unread_at: Moment | UnsetType = UNSET
    """When that last changed."""
    last_message: MessageEvent | UnsetType = UNSET
    presence_capped: bool = False
    """So large that presence is not told in it, but asked for."""
    typing_capped: bool = False
    """So large that it has no typing."""


class Conversations(Answer):
    """The user's conversations, newest activity first."""

    conversations: list[Conversation]
    next: str = ""
    """What to ask for as ``after`` to get those that follow; absent: there are none."""


class Participants(Answer):
    """Some of those in a conversation: its admins first, and then by their ids."""

    participants: list[PersonInConversation]
    participant_count: int
    """How many are in the conversation."""
    next: str = ""
    """What to ask for as ``after`` to get those that follow; absent: there are none."""


class Invitation(Answer):
    """A group that the user left, and is asked to come back to."""

    conversation_id: int
    title: str
    invited_at: Moment
    inviter_name: str
    inviter_id: int | UnsetType = UNSET
    """Absent: the account is gone."""


class Invitations(Answer):
    """What the user is invited to, the latest first."""

    invitations: list[Invitation]


class Invited(Answer):
    """Somebody left before: they are in the conversation once they accept."""

    invited_id: int


class Page(Answer):
    """Some messages, newest first, and what is needed to show them."""

    messages: list[MessageEvent]
    has_more: bool
    """Whether there are older ones."""
    has_newer: bool
    revision: int
    """The conversation's, as read before them: what is changed after it may not be in them."""
    reactions: list[ReactionEvent]
    quoted: list[MessageEvent]
    """What they reply to, where that is not among them."""


class Presence(Answer):
    """How somebody appears."""

    sender_id: int
    presence_status: PresenceStatus
    timestamp: Moment
    """When they were last seen."""
    last_seen_display: str


class Presences(Answer):
    """How those appear who were asked about and may be seen."""

    presences: list[Presence]


class Uploaded(Answer):
    """All that a message which carries the upload says of it."""

    media_url: str
    message_type: MediaKind
    media_name: str
    media_bytes: int
    media_width: int | None = None
    media_height: int | None = None
    thumbnail_url: str | None = None


class Health(Answer):
    """Whether the process can serve."""

    status: Literal["ok", "unavailable"]
    problems: list[str] = []
    """What is wrong, each in a word, such as ``database_read_only`` and ``layer_not_master``."""
