"""What a new connection is given: the state of everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from math import ceil

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
from conversations.cursors import RESUME_LIMIT
from conversations.directory import people_changed, people_version
from conversations.inbound import MAX_MARKS
from conversations.outbound import person_event
from conversations.selectors import conversation_states_of, shown_in
from presence import selectors as presence_selectors
from presence.models import UserPresence
from presence.outbound import own_presence_event, presence_event, privacy_of
from presence.policy import Choice, Privacy

LONGEST_MARK = 100
"""Bytes of a mark in JSON, its share of the frame around it included."""

BATCH_SIZE = 100
"""Snapshots that are read in one database hop."""

FRAME_LIMIT = 100
"""Events of a snapshot in one frame, so that the first are shown before the last are read."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to know the state, and what of it their client holds."""

    user_id: int
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
            self, ready=msgspec.structs.replace(self.ready, conversations=states)
        )


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


snapshot = gathered(snapshots, limit=BATCH_SIZE, is_read=True)
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
    return Snapshot(
        choice=choice,
        privacy=privacy,
        own=own_presence_event(presence, now=one.now),
        ready=ready,
        people=_renamed(one, version),
        presences=presences if privacy.shows_presence else [],
    )


def limits() -> StreamLimits:
    """What clients have to keep to, as this site is set up."""
    return StreamLimits(
        frame_burst=settings.STREAM_BURST,
        frame_interval=ceil(1000 / settings.STREAM_RATE),
        person_burst=settings.STREAM_PERSON_BURST,
        person_interval=ceil(1000 / settings.STREAM_PERSON_RATE),
        frame_bytes=settings.STREAM_MAX_FRAME,
        resume_conversations=RESUME_LIMIT,
        marks=min(MAX_MARKS, max(1, settings.STREAM_MAX_FRAME // LONGEST_MARK)),
        participants=settings.MAX_PARTICIPANTS,
        reactions=settings.MAX_REACTIONS,
        catchups=settings.STREAM_CATCHUPS,
    )


def _renamed(one: Asked, version: int) -> list[ChatStreamMessage]:
    if one.people is None or one.people >= version:
        return []
    return list(map(person_event, people_changed(viewer_id=one.user_id, after=one.people)))


def frames_of(
    shot: Snapshot, typing: list[ChatStreamMessage], *, now: datetime
) -> Iterator[list[Item]]:
    """The snapshot in frames: ``ready``, and with it who has another name, so that nobody holds
    the version without the names; then who is there, and who types. ``ready`` says that it is
    ``now``, by which clients set their clocks."""
    yield _items([msgspec.structs.replace(shot.ready, timestamp=now), *shot.people])
    there = [*shot.presences, *_items(typing)]
    for start in range(0, len(there), FRAME_LIMIT):
        yield there[start : start + FRAME_LIMIT]


def _items(messages: Iterable[ChatStreamMessage]) -> list[Item]:
    return [item_of(to_event(message)) for message in messages]
