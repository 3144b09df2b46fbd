"""Catch-ups are read in pages, so that a client that is far behind costs little at a time.

A page has as many messages, each with its reactions, as fit into ``CATCHUP_BYTES``. Conversations
in which little was missed are read together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db.models import Q

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.frames import Item, item_of
from chatsite.realtime.wire import ChatStreamMessage, to_event
from conversations.cursors import Ask, Cursor
from conversations.history import messages_visible, reactions_on
from conversations.models import Message, Participant
from conversations.outbound import caught_up_event, message_event
from conversations.selectors import places_in

TOGETHER = 64
"""Messages that are read in one query for several conversations, and at first for a page."""

MOST_AT_ONCE = 256
"""Messages that are read in one query once it is known how short they are."""


class Answer(NamedTuple):
    """What a client is told of one conversation, in one frame."""

    items: list[Item]
    rest: Ask | None = None
    """What is still to be told without being asked again."""


class Told(NamedTuple):
    """A message and the reactions that stand on it, encoded: without them it is not the truth."""

    sequence: int
    revision: int
    message: Item
    reactions: list[Item]
    size: int
    """In bytes."""


def read_answers(*, user_id: int, asks: Sequence[Ask]) -> list[Answer | Refused]:
    """The answers to the first of the asks, at least to one, in their order.

    The places are read before the messages: a change that comes in between is then one more than
    is promised."""
    places = places_in([ask.conversation_id for ask in asks], user_id=user_id)
    answers = list(_read_together(asks, places))
    if answers:
        return answers
    return [_read_alone(asks[0], places[asks[0].conversation_id])]


def _read_together(
    asks: Iterable[Ask], places: Mapping[int, Participant]
) -> Iterator[Answer | Refused]:
    """The answers to as many of the first asks as miss little and fit into one page."""
    few = list(_few_missed(asks, places))
    missed = _missed_in([(ask, place) for ask, place in few if place is not None])
    size = 0
    for ask, place in few:
        if place is None:
            yield Refused(ErrorCode.NOT_A_PARTICIPANT)
            continue
        told = list(_in_order(missed, ask))
        size += sum(one.size for one in told)
        if size > settings.CATCHUP_BYTES:
            return
        stands = place.conversation
        yield _answer(ask, told, sequence=stands.sequence, revision=stands.revision)


def _few_missed(
    asks: Iterable[Ask], places: Mapping[int, Participant]
) -> Iterator[tuple[Ask, Participant | None]]:
    """The first of the asks, as long as there are few messages to be read for all of them."""
    left = min(TOGETHER, settings.CATCHUP_LIMIT)
    for ask in asks:
        place = places.get(ask.conversation_id)
        left -= 0 if place is None else _at_most(ask.cursor, place)
        if left < 0:
            return
        yield ask, place


def _at_most(cursor: Cursor, place: Participant) -> int:
    """How many messages may be missing, by the numbers of the conversation."""
    since = max(cursor.sequence, place.hidden_until)
    new = max(0, place.conversation.sequence - since)
    if cursor.revision is None:
        return new
    return new + max(0, place.conversation.revision - cursor.revision)


class _Missed(NamedTuple):
    rows: Mapping[int, list[Message]]
    """By conversation."""
    reactions: Mapping[int, list[Item]]
    """By message."""


def _missed_in(asked: Iterable[tuple[Ask, Participant]]) -> _Missed:
    """Two queries, of however many conversations."""
    wanted = Q()
    for ask, place in asked:
        stands, cursor = place.conversation, ask.cursor
        shown = Q(conversation=stands, sequence__gt=place.hidden_until)
        if stands.sequence > cursor.sequence:
            wanted |= shown & Q(sequence__gt=cursor.sequence, sequence__lte=stands.sequence)
        if cursor.revision is not None and stands.revision > cursor.revision:
            wanted |= shown & Q(revision__gt=cursor.revision)
    rows: defaultdict[int, list[Message]] = defaultdict(list)
    if wanted:
        for row in Message.objects.filter(wanted).select_related("sender", "media"):
            rows[row.conversation_id].append(row)
    return _Missed(rows, _reactions_of([row for some in rows.values() for row in some]))


def _in_order(missed: _Missed, ask: Ask) -> Iterator[Told]:
    """First the messages that the client holds and that were changed, then the new ones."""
    rows, cursor = missed.rows[ask.conversation_id], ask.cursor
    if cursor.revision is not None:
        changed = [
            row
            for row in rows
            if row.sequence <= cursor.sequence and row.revision > cursor.revision
        ]
        for row in sorted(changed, key=attrgetter("revision")):
            yield _told(row, missed.reactions)
    for row in sorted(rows, key=attrgetter("sequence")):
        if row.sequence > cursor.sequence:
            yield _told(row, missed.reactions)


def _read_alone(ask: Ask, place: Participant) -> Answer:
    """A page of what was missed in one conversation."""
    if ask.cursor.revision is None:
        return _new_messages(ask, place)
    return _changes_and_new_messages(ask, place, ask.cursor.revision)


def _new_messages(ask: Ask, place: Participant) -> Answer:
    """What a client misses that does not count changes: up to ``CATCHUP_LIMIT`` messages, for
    which it has to ask only once, so that what does not fit is told in pages to come."""
    limit = settings.CATCHUP_LIMIT if ask.limit is None else ask.limit
    new, is_cut = _take(_new_in(place), after=ask.cursor.sequence, limit=limit)
    rest = None
    if is_cut and len(new) < limit:
        cursor = Cursor(new[-1].sequence)
        rest = msgspec.structs.replace(ask, cursor=cursor, limit=limit - len(new))
    return Answer(_flat(new), rest)


def _changes_and_new_messages(ask: Ask, place: Participant, revision: int) -> Answer:
    """What a client misses that holds everything up to a sequence and a revision.

    First the messages it holds that were changed, then the new ones; their reactions; and at last
    up to where everything is now held.

    The client may have heard of messages beyond what it holds, whose changes it missed. So no
    revision is called held while the message that it changed is not among those sent. Of a
    message that was changed more than once only the last change is known. So where an answer is
    cut it has more, and what the client heard live must not count before it got that, too: it may
    know the last change of a message that is still to be sent, and have missed one before that.
    """
    sequence, stands, limit = ask.cursor.sequence, place.conversation, settings.CATCHUP_LIMIT
    changed, is_cut = _take(_changed_in(place), after=revision, limit=limit)
    if is_cut:
        held = changed[-1].revision
        return _answer(ask, changed, sequence=sequence, revision=held, has_more=True)
    known = [told for told in changed if told.sequence <= sequence]
    size = settings.CATCHUP_BYTES - sum(told.size for told in known)
    new, is_cut = _take(_new_in(place), after=sequence, limit=limit - len(known), size=size)
    # Where it is not cut all is held, though the last messages may be hidden from them.
    end_of_old = sequence if is_cut else stands.sequence
    last = max([end_of_old, *(told.sequence for told in new[-1:])])
    unsent = [told.revision for told in changed if is_cut and told.sequence > last]
    held = min([stands.revision, *(first - 1 for first in unsent[:1])])
    return _answer(ask, [*known, *new], sequence=last, revision=held, has_more=is_cut)


Read = Callable[[int, int], list[Message]]
"""``read(after, limit)``: messages in the order of a number, from above this one on."""


class _Reading(NamedTuple):
    read: Read
    number_of: Callable[[Told], int]


def _new_in(place: Participant) -> _Reading:
    rows = messages_visible(place).select_related("sender", "media").order_by("sequence")

    def read(after: int, limit: int) -> list[Message]:
        return list(rows.filter(sequence__gt=after)[:limit])

    return _Reading(read, attrgetter("sequence"))


def _changed_in(place: Participant) -> _Reading:
    rows = messages_visible(place).select_related("sender", "media").order_by("revision")

    def read(after: int, limit: int) -> list[Message]:
        return list(rows.filter(revision__gt=after)[:limit])

    return _Reading(read, attrgetter("revision"))


def _take(
    reading: _Reading, *, after: int, limit: int, size: int | None = None
) -> tuple[list[Told], bool]:
    """As many messages as the page may hold, at least one if ``limit`` allows any; and whether
    more follow. The size is in bytes; without it the page has all of ``CATCHUP_BYTES``.

    They are read bit by bit, since the longest are a hundred times as long as most."""
    left = settings.CATCHUP_BYTES if size is None else size
    taken: list[Told] = []
    at_once = TOGETHER
    while True:
        count = max(1, min(at_once, limit - len(taken)))
        rows = reading.read(after, count + 1)
        reactions = _reactions_of(rows[:count])
        for row in rows[:count]:
            told = _told(row, reactions)
            if len(taken) == limit or (taken and told.size > left):
                return taken, True
            taken.append(told)
            left -= told.size
        if len(rows) <= count:
            return taken, False
        after = reading.number_of(taken[-1])
        mean = sum(told.size for told in taken) / len(taken)
        at_once = min(MOST_AT_ONCE, 1 + int(max(0, left) / mean))


def _told(row: Message, reactions: Mapping[int, list[Item]]) -> Told:
    message = _encoded(message_event(row, is_catchup=True))
    on_it = reactions.get(row.pk, [])
    size = sum(len(item.encoded) for item in (message, *on_it))
    return Told(row.sequence, row.revision, message, on_it, size)


def _reactions_of(rows: Sequence[Message]) -> Mapping[int, list[Item]]:
    found: defaultdict[int, list[Item]] = defaultdict(list)
    for event in reactions_on(rows, is_catchup=True) if rows else ():
        assert event.message_id is not None, "a reaction is one on a message"
        found[event.message_id].append(_encoded(event))
    return found


def _answer(
    ask: Ask, told: Sequence[Told], *, sequence: int, revision: int, has_more: bool = False
) -> Answer:
    """The messages and reactions, and the end of it for a client that counts changes."""
    if ask.cursor.revision is None:
        return Answer(_flat(told))
    end = caught_up_event(
        conversation_id=ask.conversation_id,
        sequence=sequence,
        revision=revision,
        has_more=has_more,
    )
    return Answer([*_flat(told), _encoded(end)])


def _flat(told: Sequence[Told]) -> list[Item]:
    reactions = [item for one in told for item in one.reactions]
    return [*(one.message for one in told), *reactions]


def _encoded(event: ChatStreamMessage) -> Item:
    return item_of(to_event(event))
