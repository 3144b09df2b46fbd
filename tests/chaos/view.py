"""What a client believes, by the rules of docs/protocol.md and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.chaos.beliefs import Event, Marks, People

__all__ = ["Event", "Room", "Said", "View"]


@dataclass
class Said:
    """A message, as the client shows it."""

    message_id: int
    sender_id: int | None
    content: str
    is_deleted: bool
    revision: int


@dataclass
class Room:
    """One conversation, as a client sees it: what it holds, and what it knows there is."""

    sequence: int = 0
    """Everything up to here is held."""
    revision: int = 0
    """Every change up to here is held."""
    known_sequence: int = 0
    known_revision: int = 0
    marks: Marks = field(default_factory=Marks)
    members: set[int] = field(default_factory=set)
    """The ids of who is in it, as far as was asked."""
    messages: dict[int, Said] = field(default_factory=dict)
    """By sequence."""
    reactions: dict[tuple[int, int, str], tuple[int, bool]] = field(default_factory=dict)
    """(message, person, emoji) to the revision of the last word on it, and whether it stands."""
    asked: tuple[int, int] | None = None
    """From where on a catch-up was asked for that has not ended."""
    is_cut: bool = False
    """The last answer was not all. What came live beyond it counts once there is no more: it may
    be the last of a message's changes, of which one before was missed."""
    _whole: dict[int, int] = field(default_factory=dict)
    """Message to the revision up to which the truth about its reactions came whole."""
    _outdated: set[int] = field(default_factory=set)
    """Messages of which more is known than what was caught up last, with its reactions."""
    _ahead: set[int] = field(default_factory=set)
    """Sequences beyond a gap."""
    _changes_ahead: set[int] = field(default_factory=set)
    """Revisions beyond a gap."""

    @property
    def is_behind(self) -> bool:
        """Whether there is more than is held."""
        return (
            self.is_cut
            or self.sequence < self.known_sequence
            or self.revision < self.known_revision
        )

    def standing(self) -> set[tuple[int, int, str]]:
        """The reactions that stand."""
        return {key for key, (_, stands) in self.reactions.items() if stands}

    def hears(self, event: Event) -> None:
        """Take in an event of this conversation."""
        match event["type"], bool(event.get("isCatchup")):
            case "message", True:
                self._learns(event)
            case "reaction", True if event["messageId"] not in self._outdated:
                self._reacts(event)
            case "conversation", True:
                self._caught_up(event)
            case "message", False:
                self._hears_message(event)
            case "reaction", False if event.get("revision", 0) > self.revision:
                if event["revision"] > self._whole.get(event["messageId"], 0):
                    self._reacts(event)
                self._counts_change(event["revision"])
            case _:
                pass

    def stands_at(self, sequence: int, revision: int) -> None:
        """So far the server says it goes."""
        self.known_sequence = max(self.known_sequence, sequence)
        self.known_revision = max(self.known_revision, revision)

    def _hears_message(self, event: Event) -> None:
        revision = event.get("revision", 0)
        if revision == 0 or revision > self.revision:
            self._says(event)
        if revision:
            self._counts_change(revision)
        self._counts(event["sequence"])

    def _learns(self, event: Event) -> None:
        """The whole truth about a message: what was known of its reactions up to there is void."""
        self._says(event)
        message_id, revision = event["messageId"], event.get("revision", 0)
        if revision < self._whole.get(message_id, 0):
            self._outdated.add(message_id)
        else:
            self._outdated.discard(message_id)
            self._is_whole(message_id, revision)

    def _says(self, event: Event) -> None:
        said = Said(
            message_id=event["messageId"],
            sender_id=event.get("senderId"),
            content=event["content"],
            is_deleted=bool(event.get("isDeleted")),
            revision=event.get("revision", 0),
        )
        before = self.messages.get(event["sequence"])
        if before is None or before.revision <= said.revision:
            self.messages[event["sequence"]] = said
        if said.is_deleted:
            self._is_whole(said.message_id, said.revision)

    def _is_whole(self, message_id: int, revision: int) -> None:
        self._whole[message_id] = max(revision, self._whole.get(message_id, 0))
        for key, (when, _) in list(self.reactions.items()):
            if key[0] == message_id and when <= revision:
                del self.reactions[key]

    def _reacts(self, event: Event) -> None:
        key = (event["messageId"], event["senderId"], event["content"])
        fact = (event["revision"], event["messageType"] == "add")
        if key not in self.reactions or self.reactions[key][0] < fact[0]:
            self.reactions[key] = fact

    def _counts(self, sequence: int) -> None:
        self.stands_at(sequence, 0)
        if sequence > self.sequence:
            self._ahead.add(sequence)
            self._absorb()

    def _counts_change(self, revision: int) -> None:
        self.stands_at(0, revision)
        if revision > self.revision:
            self._changes_ahead.add(revision)
            self._absorb()

    def _caught_up(self, event: Event) -> None:
        self.asked = None
        self.stands_at(event["sequence"], event["revision"])
        self.is_cut = bool(event.get("hasMore"))
        self.sequence = max(self.sequence, event["sequence"])
        self.revision = max(self.revision, event["revision"])
        self._absorb()

    def _absorb(self) -> None:
        if not self.is_cut:
            self.sequence = _absorb(self.sequence, self._ahead)
            self.revision = _absorb(self.revision, self._changes_ahead)


class View:
    """All conversations of one client."""

    def __init__(self, user_id: int = 0) -> None:
        self.user_id = user_id
        self.rooms: dict[int, Room] = {}
        self.people = People()
        self.must_reconnect = False
        """A conversation was lost and regained while an answer about it is on its way: that would
        be taken for one to what is asked now."""
        self._answers_to_come: set[int] = set()
        self._is_ready = False

    def hears(self, event: Event) -> None:
        """Take in any event."""
        self.people.hears(event)
        if event["type"] == "ready":
            self.people.begins(event)
            self._begins(event["conversations"])
        elif event.get("conversationId") in self.rooms:
            room = self.rooms[event["conversationId"]]
            room.hears(event)
            room.marks.hears(event, user_id=self.user_id)

    def knows(self, conversation_id: int, sequence: int, revision: int) -> None:
        """There is such a conversation, and it has come so far."""
        if conversation_id not in self.rooms:
            self.must_reconnect |= conversation_id in self._answers_to_come
            self.rooms[conversation_id] = Room()
        self.rooms[conversation_id].stands_at(sequence, revision)

    def learns(self, shape: Mapping[str, Any], *, since: int) -> None:
        """What the HTTP API says of a conversation, of which the person had read up to ``since``
        when that was asked."""
        self.knows(shape["conversationId"], shape["sequence"], shape["revision"])
        room = self.rooms[shape["conversationId"]]
        room.marks.told(shape, since=since)
        room.marks.shown(shape["participants"])
        room.members = {person["userId"] for person in shape["participants"]}
        for person in shape["participants"]:
            name, version = person["name"], person.get("version", 0)
            self.people.is_called(person["userId"], name, version=version)

    def around(self) -> set[int]:
        """The ids of the people with whom a conversation is shared, and of the person."""
        return {self.user_id}.union(*(room.members for room in self.rooms.values()))

    def forgets(self, conversation_id: int) -> None:
        """It is no longer the client's."""
        room = self.rooms.pop(conversation_id, None)
        if room is not None and room.asked:
            self._answers_to_come.add(conversation_id)

    def query(self) -> str:
        """What to say on connecting: how far all is known."""
        version = self.people.version
        people = "" if version is None else f"&people={version}"
        return f"resume={quote(self.resume())}{people}"

    def resume(self) -> str:
        """What to say on connecting. It asks, too."""
        for room in self.rooms.values():
            room.asked = (room.sequence, room.revision)
        return ",".join(f"{pk}:{room.sequence}:{room.revision}" for pk, room in self.rooms.items())

    def disconnected(self) -> None:
        """What was asked for does not come any more."""
        self.must_reconnect = self._is_ready = False
        self._answers_to_come.clear()
        for room in self.rooms.values():
            room.asked = None

    def is_refused(self, conversation_id: int | None) -> None:
        """A frame about the conversation came to nothing: it may have been what asked."""
        if conversation_id in self.rooms:
            self.rooms[conversation_id].asked = None

    def to_ask(self) -> Iterable[tuple[int, Room]]:
        """The conversations to ask a catch-up for now."""
        return [(pk, room) for pk, room in self.rooms.items() if room.is_behind and not room.asked]

    def _begins(self, states: list[dict[str, Any]]) -> None:
        current = {state["conversationId"] for state in states}
        for conversation_id in set(self.rooms) - current:
            self.forgets(conversation_id)
        for state in states:
            self.knows(state["conversationId"], state["sequence"], state["revision"])
            marks = self.rooms[state["conversationId"]].marks
            marks.told(state, since=marks.read)
        if not self._is_ready:
            self._is_ready = True
            for room in self.rooms.values():
                # Of what misses nothing no catch-up comes.
                room.asked = room.asked if room.is_behind else None


def _absorb(held: int, ahead: set[int]) -> int:
    """How far it is held now without a gap."""
    while held + 1 in ahead:
        held += 1
    ahead.difference_update([number for number in ahead if number <= held])
    return held
