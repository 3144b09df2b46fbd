"""What a new connection is given: the state of everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby
from math import ceil
from operator import attrgetter

import msgspec
from django.conf import settings

from chatsite.realtime.frames import Item, item_of
from chatsite.realtime.gathering import gathered
from chatsite.realtime.wire import (
    ChatMessageType,
    ChatStreamMessage,
    ConversationState,
    StreamLimits,
    to_event,
)
from conversations.directory import people_changed, people_version
from conversations.history import changes_after, messages_after
from conversations.inbound import MAX_MARKS
from conversations.models import Participant
from conversations.outbound import person_event
from conversations.selectors import (
    conversation_states_of,
    require_participant,
    shown_in,
)
from presence import selectors as presence_selectors
from presence.models import UserPresence
from presence.outbound import presence_event, privacy_of
from presence.policy import Choice, Privacy

RESUME_LIMIT = 1_000
"""Conversations that ``resume`` may name; the rest is caught up on by asking."""

LONGEST_MARK = 100
"""Bytes of a mark in JSON, its share of the frame around it included."""

BATCH_SIZE = 100
"""Snapshots that are read in one database hop."""

FRAME_LIMIT = 100
"""Events of a snapshot in one frame, so that the first are shown before the last are read. What was
missed of a conversation is never divided: a message without its reactions is not the truth."""


class Cursor(msgspec.Struct, frozen=True):
    """How far a client got in a conversation."""

    sequence: int
    revision: int | None = None
    """Up to which it holds the changes; ``None``: it does not count them."""


Cursors = Mapping[int, Cursor]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to know the state, and what of it their client holds."""

    user_id: int
    resume: Cursors
    people: int | None = None
    """The version of people up to which it knows their names; ``None``: it does not count them."""
    now: datetime


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that follows a connect, in order."""

    choice: Choice
    privacy: Privacy
    own: ChatStreamMessage
    """The user's own ``presence``."""
    ready: ChatStreamMessage
    people: list[ChatStreamMessage]
    """Whose name or account is not as the client knows it."""
    presences: list[Item]
    """Encoded once for all who are given them."""
    catchup: list[ChatStreamMessage]
    floors: dict[int, int]
    """Conversation to the sequence up to which ``catchup`` holds its messages."""

    def without(self, conversation_ids: Collection[int]) -> Snapshot:
        """Nothing of these conversations: they were left since it was read."""
        if not conversation_ids:
            return self
        states = [
            state
            for state in self.ready.conversations or ()
            if state.conversation_id not in conversation_ids
        ]
        return msgspec.structs.replace(
            self,
            ready=msgspec.structs.replace(self.ready, conversations=states),
            catchup=[
                event for event in self.catchup if event.conversation_id not in conversation_ids
            ],
        )


def parse_resume(text: str) -> dict[int, Cursor]:
    """``"12:57:130,13:4"`` as {12: Cursor(57, 130), 13: Cursor(4)}. What is malformed is left
    out: it is only a hint."""
    cursors: dict[int, Cursor] = {}
    for part in text.split(",")[:RESUME_LIMIT]:
        numbers = part.split(":")
        if len(numbers) in (2, 3) and all(map(_is_number, numbers)):
            conversation, *cursor = map(int, numbers)
            cursors[conversation] = Cursor(*cursor)
    return cursors


def parse_people(text: str) -> int | None:
    """``"812"`` as 812. What is malformed is as if it was not said."""
    return int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def snapshots(asked: Sequence[Asked]) -> list[Snapshot]:
    """The state of everything that each of the users may see, with few queries for all of them.

    Subscribe first: what comes after it is live."""
    user_ids = sorted({one.user_id for one in asked})
    states = conversation_states_of(user_ids)
    told = {user_id: _told(states[user_id]) for user_id in user_ids}
    shown = shown_in(set().union(*told.values()))
    rows = presence_selectors.get_presences({*user_ids, *chain(*shown.values())})
    items = _Items(rows)
    version = people_version()
    return [
        _snapshot(
            one,
            rows[one.user_id],
            states[one.user_id],
            version,
            items.of({other for pk in told[one.user_id] for other in shown[pk]} - {one.user_id}),
        )
        for one in asked
    ]


snapshot = gathered(snapshots, limit=BATCH_SIZE)
"""The snapshot of one, along with all that are asked for at the moment."""


class _Items:
    """The presences of people, each encoded once, and only if somebody is told."""

    def __init__(self, rows: Mapping[int, UserPresence]) -> None:
        self._rows = rows
        self._items: dict[int, Item] = {}

    def of(self, user_ids: Collection[int]) -> list[Item]:
        for user_id in user_ids:
            if user_id not in self._items:
                event = presence_event(self._rows[user_id])
                self._items[user_id] = item_of(to_event(event))
        return [self._items[user_id] for user_id in user_ids]


def _told(states: Iterable[ConversationState]) -> set[int]:
    return {state.conversation_id for state in states if not state.presence_capped}


def _snapshot(
    one: Asked,
    presence: UserPresence,
    states: list[ConversationState],
    version: int,
    presences: list[Item],
) -> Snapshot:
    choice = presence.choice.at(one.now)
    privacy = privacy_of(presence)
    ready = ChatStreamMessage(
        type=ChatMessageType.READY,
        sender_id=one.user_id,
        heartbeat_interval=round(settings.HEARTBEAT_INTERVAL),
        typing_timeout=round(settings.TYPING_TIMEOUT),
        presence_status=choice.status,
        until=choice.until,
        shows_presence=privacy.shows_presence,
        shows_typing=privacy.shows_typing,
        shows_receipts=privacy.shows_receipts,
        limits=limits(),
        conversations=states,
        people_version=version,
    )
    catchup: list[ChatStreamMessage] = []
    floors: dict[int, int] = {}
    for state in states:
        cursor = one.resume.get(state.conversation_id)
        if cursor is None or not _is_behind(cursor, state):
            continue
        events = catch_up(user_id=one.user_id, conversation_id=state.conversation_id, cursor=cursor)
        catchup += events
        floors[state.conversation_id] = _floor_of(events)
    return Snapshot(
        choice=choice,
        privacy=privacy,
        own=presence_event(presence),
        ready=ready,
        people=_renamed(one, version),
        presences=presences if privacy.shows_presence else [],
        catchup=catchup,
        floors=floors,
    )


def limits() -> StreamLimits:
    """What clients have to keep to, as this site is set up."""
    return StreamLimits(
        frame_burst=settings.STREAM_BURST,
        frame_interval=ceil(1000 / settings.STREAM_RATE),
        frame_bytes=settings.STREAM_MAX_FRAME,
        resume_conversations=RESUME_LIMIT,
        marks=min(MAX_MARKS, max(1, settings.STREAM_MAX_FRAME // LONGEST_MARK)),
        participants=settings.MAX_PARTICIPANTS,
    )


def _renamed(one: Asked, version: int) -> list[ChatStreamMessage]:
    if one.people is None or one.people >= version:
        return []
    return list(map(person_event, people_changed(viewer_id=one.user_id, after=one.people)))


def catch_up(*, user_id: int, conversation_id: int, cursor: Cursor) -> list[ChatStreamMessage]:
    """What the client asked for, that holds what ``cursor`` says. Raises ``Refused``."""
    place = require_participant(conversation_id=conversation_id, user_id=user_id)
    return _missed(place, cursor)


def _floor_of(events: list[ChatStreamMessage]) -> int:
    """Up to which sequence the new messages are among the events: the last one says so, if the
    client counts changes."""
    if events and events[-1].type is ChatMessageType.CONVERSATION:
        return events[-1].sequence or 0
    return max((event.sequence or 0 for event in events), default=0)


def _is_behind(cursor: Cursor, state: ConversationState) -> bool:
    misses_changes = cursor.revision is not None and cursor.revision < state.revision
    return misses_changes or cursor.sequence < state.sequence


def _missed(place: Participant, cursor: Cursor) -> list[ChatStreamMessage]:
    if cursor.revision is None:
        return messages_after(place, sequence=cursor.sequence)
    return changes_after(place, sequence=cursor.sequence, revision=cursor.revision)


def frames_of(
    shot: Snapshot, typing: list[ChatStreamMessage], *, now: datetime
) -> Iterator[list[Item]]:
    """The snapshot in frames: ``ready``, and with it who has another name, so that nobody holds
    the version without the names; then who is there, who types, what was missed. ``ready``
    says that it is ``now``, by which clients set their clocks."""
    yield _items([msgspec.structs.replace(shot.ready, timestamp=now), *shot.people])
    there = [*shot.presences, *_items(typing)]
    for start in range(0, len(there), FRAME_LIMIT):
        yield there[start : start + FRAME_LIMIT]
    frame: list[Item] = []
    for _, missed in groupby(shot.catchup, key=attrgetter("conversation_id")):
        items = _items(missed)
        if frame and len(frame) + len(items) > FRAME_LIMIT:
            yield frame
            frame = []
        frame += items
    if frame:
        yield frame


def _items(messages: Iterable[ChatStreamMessage]) -> list[Item]:
    return [item_of(to_event(message)) for message in messages]
