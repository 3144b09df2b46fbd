"""What a client believes of marks and of people, by the rules of docs/protocol.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]

FROM_A_LIST = -1
"""Below the sequence of any live ``presence``: what HTTP tells has none."""


@dataclass
class Marks:
    """How far people have read and received a conversation."""

    read: int = 0
    """By the client's own person."""
    unread_from: int | None = None
    unread_at: str = ""
    others: dict[int, dict[str, int]] = field(default_factory=dict)
    """Person to ``read`` and ``delivered``, as they show them."""
    falls: list[str] = field(default_factory=list)
    """What was told of the own person's mark although more was known."""

    @property
    def read_until(self) -> int:
        """Messages after this sequence are unread."""
        return self.read if self.unread_from is None else min(self.read, self.unread_from - 1)

    def told(self, state: Mapping[str, Any], *, since: int) -> None:
        """What ``ready`` or the HTTP API say of the own person, who had read up to ``since`` when
        that was asked."""
        if state["readSequence"] < since:
            self.falls.append(f"read up to {since}, and then told {state['readSequence']}")
        self._reads(state["readSequence"])
        self._is_marked(state.get("unreadFrom"), state.get("unreadAt", ""))

    def shown(self, participants: Iterable[Mapping[str, Any]]) -> None:
        """What the HTTP API says of the others."""
        for person in participants:
            for kind in ("read", "delivered"):
                self._others_mark(person["userId"], kind, person.get(f"{kind}Sequence", 0))

    def hears(self, event: Event, *, user_id: int) -> None:
        """Take in an event, on a connection of this person."""
        is_own = event.get("senderId") == user_id
        match event["type"]:
            case "read" if is_own:
                self._reads(event["sequence"])
            case "unread":
                self._is_marked(event.get("sequence"), event["timestamp"])
            case "read" | "delivered" as kind:
                self._others_mark(event["senderId"], kind, event["sequence"])
            case _:
                pass

    def _reads(self, sequence: int) -> None:
        self.read = max(self.read, sequence)

    def _is_marked(self, unread_from: int | None, at: str) -> None:
        if at > self.unread_at:
            self.unread_from, self.unread_at = unread_from, at

    def _others_mark(self, user_id: int, kind: str, sequence: int) -> None:
        known = self.others.setdefault(user_id, {"read": 0, "delivered": 0})
        known[kind] = max(known[kind], sequence)
        # Read includes delivered.
        known["delivered"] = max(known["delivered"], known["read"])


class People:
    """How the people around a client appear, and what they are called."""

    def __init__(self) -> None:
        self.version: int | None = None
        """Up to which all changes of names are known: what the last ``ready`` said, if one came."""
        self._names: dict[int, tuple[int, str]] = {}
        self._statuses: dict[int, tuple[int, str]] = {}

    def status_of(self, user_id: int) -> str:
        """Who nothing is told of is offline."""
        return self._statuses[user_id][1] if user_id in self._statuses else "offline"

    def name_of(self, user_id: int) -> str | None:
        """What the person is called. ``None``: that was never told."""
        return self._names[user_id][1] if user_id in self._names else None

    def begins(self, ready: Event) -> None:
        """Those who are not offline are told after ``ready``."""
        self.version = ready["peopleVersion"]
        self._statuses.clear()

    def hears(self, event: Event) -> None:
        """Take in an event about a person."""
        if event["type"] == "person":
            self.is_called(event["senderId"], event["senderName"], version=event["sequence"])
        if event["type"] == "presence":
            self._appears(
                event["senderId"],
                event["sequence"],
                event["presenceStatus"],
                is_choice="chosenStatus" in event,
            )

    def is_called(self, user_id: int, name: str, *, version: int) -> None:
        """The person has this name, unless a later one was told."""
        if user_id not in self._names or self._names[user_id][0] <= version:
            self._names[user_id] = (version, name)

    def keeps(self, user_ids: Collection[int]) -> list[int]:
        """Forget whoever is no longer around: nothing more is told of them. Who is around, and
        nothing is known of them."""
        for user_id in self._statuses.keys() - set(user_ids):
            del self._statuses[user_id]
        return sorted(set(user_ids) - self._statuses.keys())

    def answered(self, presences: Iterable[Mapping[str, Any]]) -> None:
        """What the HTTP API says. A live event, earlier or later, knows better."""
        for one in presences:
            if one["senderId"] not in self._statuses:
                self._appears(one["senderId"], FROM_A_LIST, one["presenceStatus"])

    def _appears(
        self, user_id: int, sequence: int, status: str, *, is_choice: bool = False
    ) -> None:
        """What the client's own person chose is told before it is counted."""
        known = self._statuses.get(user_id)
        if known is None or known[0] < sequence or (is_choice and known[0] == sequence):
            self._statuses[user_id] = (sequence, status)
