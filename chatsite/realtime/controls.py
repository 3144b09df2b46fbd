"""Messages to connections in every process, which clients do not receive.

Servers of the previous release read them too: names and fields must not change, and a new field
needs a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chatsite.realtime.wire import PresenceStatus


class Joined(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.joined"):
    """To ``user.<id>``: the user is in the conversation from now on."""

    conversation_id: int
    place_id: int
    """Id of the participant's row, which is never used twice: messages can arrive out of order, and
    an older row id shows one that is late."""
    participants: int
    """How many participants there are."""
    hidden_until: int
    """The sequence of the last message that they may not see; 0 if they may see all."""


class Left(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.left"):
    """To ``user.<id>`` and ``conversation.<id>``: the user is no longer in the conversation. The
    connections of other users ignore it."""

    conversation_id: int
    user_id: int
    place_id: int


class Resized(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.participants"):
    """To ``conversation.<id>``: how many participants it has."""

    conversation_id: int
    participants: int


class HistoryChanged(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.history"
):
    """To ``conversation.<id>``: from where on each participant may see it."""

    conversation_id: int
    hidden_until: dict[int, int]
    """User to the sequence of the last message that they may not see. Others may see all."""


class Renamed(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.renamed"):
    """To ``user.<id>``: the new name of the user."""

    name: str


class StatusChosen(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    tag="stream.chosen",
    omit_defaults=True,
):
    """To ``user.<id>``: the status that the user chose, and until when."""

    status: PresenceStatus
    until: datetime | None = None


class PrivacyChanged(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.privacy"
):
    """To ``user.<id>``: what the user shows of themselves."""

    shows_presence: bool
    shows_typing: bool
    shows_receipts: bool


class EventsLost(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.lost"):
    """To a group that may have missed something: read the state again."""


class SessionRevoked(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.revoked"
):
    """To ``user.<id>``: close the connections of the session; without one, those whose session is
    no longer valid."""

    session: str | None
    """Its ``session_digest``."""


class Kicked(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="stream.kicked"):
    """To ``user.<id>``: close all connections of the user, who may reconnect."""


RoomControl = Joined | Left | Resized | HistoryChanged
"""About who is in a conversation, and what of it they may see."""

PersonControl = Renamed | StatusChosen | PrivacyChanged

SessionControl = SessionRevoked | Kicked

Control = RoomControl | PersonControl | SessionControl | EventsLost


def encode_control(control: Control) -> dict[str, Any]:
    """The control in JSON types, with its ``type``, as the layer carries it."""
    plain: dict[str, Any] = msgspec.to_builtins(control, str_keys=True)
    return plain


def decode_control(plain: dict[str, Any]) -> Control:
    """The control that was encoded so. Raises ``msgspec.ValidationError``."""
    control: Control = msgspec.convert(plain, Control, str_keys=True)
    return control
