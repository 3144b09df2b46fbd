"""One row for each kind of event: who may get it, and how it is delivered.

Whatever delivers events (``socket``, ``delivery``, ``frames``, ``ordering``, ``outbox``) asks this
table and knows no kind by its name. A kind without a row fails at import, and an event of a kind
that is not in the table, which another release may have published, is delivered to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from enum import Enum, auto

import msgspec

from chatsite.realtime.wire import ChatMessageType, Event

logger = logging.getLogger(__name__)


class ToSender(Enum):
    """Whether the connections of the person whom ``senderId`` names get the event."""

    NEVER = auto()
    ALWAYS = auto()
    """Whatever they hide or may not see."""
    AS_OTHERS = auto()


class Sight(Enum):
    """What a connection must be allowed to see of others to receive the event. A person who hides
    something of themselves does not see it of others."""

    TYPING = auto()
    PRESENCE = auto()
    RECEIPTS = auto()


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for one kind of event. Those that protect privacy have no defaults."""

    to_sender: ToSender
    needs: Sight | None
    """``None``: every member of the group may see it."""
    follows_history: bool
    """Whether it is about the message with its ``sequence``, and so is withheld from members who
    may not see that message."""
    newest_wins: bool = False
    """Whether it replaces an older one of the same conversation and sender that still waits, and
    may be dropped for a client that reads too slowly. All others are durable."""
    is_ordered: bool = False
    """Whether new ones are delivered in the order of their ``sequence``."""
    is_about_person: bool = False
    """Whether it is about a person and no conversation: published to every group of theirs, and
    delivered to each connection once."""
    outlives_membership: bool = False
    """Whether it is still sent to somebody who left the conversation while it waited."""
    outlives_snapshot: bool = False
    """Whether one that waits is still needed when a newer snapshot takes the place of its own."""

    @property
    def is_personal(self) -> bool:
        """Whether some members of the group may not get it, even if they see the whole history."""
        return self.needs is not None or self.to_sender is ToSender.NEVER


def closed_table(rows: Mapping[ChatMessageType, Kind]) -> Mapping[str, Kind]:
    """The rows, by the ``type`` of an event. Raises ``LookupError`` unless each kind has one."""
    missing = [kind for kind in ChatMessageType if kind not in rows]
    if missing:
        raise LookupError(f"no row in the table of event kinds: {', '.join(missing)}")
    return {str(kind): row for kind, row in rows.items()}


KINDS = closed_table(
    {
        ChatMessageType.MESSAGE: Kind(
            to_sender=ToSender.AS_OTHERS, needs=None, follows_history=True, is_ordered=True
        ),
        ChatMessageType.REACTION: Kind(
            to_sender=ToSender.AS_OTHERS, needs=None, follows_history=True
        ),
        ChatMessageType.TYPING: Kind(
            to_sender=ToSender.NEVER,
            needs=Sight.TYPING,
            follows_history=False,
            newest_wins=True,
        ),
        ChatMessageType.PRESENCE: Kind(
            to_sender=ToSender.ALWAYS,
            needs=Sight.PRESENCE,
            follows_history=False,
            newest_wins=True,
            is_about_person=True,
        ),
        ChatMessageType.READ: Kind(
            to_sender=ToSender.ALWAYS, needs=Sight.RECEIPTS, follows_history=True
        ),
        ChatMessageType.DELIVERED: Kind(
            to_sender=ToSender.ALWAYS, needs=Sight.RECEIPTS, follows_history=True
        ),
        ChatMessageType.RECEIPTS: Kind(
            to_sender=ToSender.NEVER, needs=Sight.RECEIPTS, follows_history=False
        ),
        # Published to the person's own group, where its sender is everybody.
        ChatMessageType.UNREAD: Kind(to_sender=ToSender.ALWAYS, needs=None, follows_history=False),
        ChatMessageType.CONVERSATION: Kind(
            to_sender=ToSender.AS_OTHERS,
            needs=None,
            follows_history=False,
            outlives_membership=True,
        ),
        ChatMessageType.PERSON: Kind(
            to_sender=ToSender.AS_OTHERS,
            needs=None,
            follows_history=False,
            is_about_person=True,
            # A snapshot names only people who changed since the one before it was read.
            outlives_snapshot=True,
        ),
        ChatMessageType.READY: Kind(
            to_sender=ToSender.AS_OTHERS,
            needs=None,
            follows_history=False,
        ),
        ChatMessageType.ERROR: Kind(
            to_sender=ToSender.AS_OTHERS,
            needs=None,
            follows_history=False,
            outlives_membership=True,
        ),
    }
)
"""``type`` of an event to its rules."""

_reported: set[str] = set()
"""Types of events that were not delivered, of which the log has a line."""


def deliverable(events: Iterable[Event]) -> list[Event]:
    """The events that may go to members of a group. The first of each type that may not, because
    it has no row here, is logged."""
    return [event for event in events if _is_deliverable(event.get("type"))]


def _is_deliverable(kind: object) -> bool:
    if isinstance(kind, str) and kind in KINDS:
        return True
    if repr(kind) not in _reported:
        _reported.add(repr(kind))
        logger.warning("events of type %r are delivered to nobody: the type is not known", kind)
    return False
