"""Judgement of the signs that people give: what is unread, what was read, who is there, and what
they are called. Each client's belief, and what the HTTP API tells it, against the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.chaos.view import Room

if TYPE_CHECKING:
    from tests.chaos.client import Client
    from tests.chaos.judge import Judge


def faults_of_signs(judge: Judge, client: Client) -> Iterator[str]:
    """What the client believes and is not so."""
    around: set[int] = set()
    for pk, room in client.view.rooms.items():
        place = judge.places.get((pk, client.account.user_id))
        if place is not None:
            around |= {user_id for conversation, user_id in judge.places if conversation == pk}
            for fault in _faults_of_room(judge, client, room, place):
                yield f"{client.name}: in {pk} {fault}"
    for user_id in around:
        believed, stored = client.view.people.status_of(user_id), judge.statuses.get(user_id)
        if believed != (stored or "offline"):
            yield f"{client.name}: {user_id} is {stored}, and believed {believed}"
        name, called = judge.names[user_id], client.view.people.name_of(user_id)
        if called != name:
            yield f"{client.name}: {user_id} is called {name}, and not {called}"


def faults_of_list(
    judge: Judge, client: Client, shapes: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What the HTTP API tells the client and is not so."""
    for shape in shapes:
        pk = shape["conversationId"]
        place = judge.places[pk, client.account.user_id]
        told = (shape["readSequence"], shape.get("unreadFrom"), shape["unread"])
        stored = (place.read_sequence, place.unread_from, unread_by_rows(judge, place))
        if told != stored:
            yield f"{client.name}: the list says {told} of {pk}, and it is {stored}"
        for person in shape["participants"]:
            row = judge.places[pk, person["userId"]]
            shown = (row.shown_read_sequence, row.shown_delivered_sequence)
            if (person["readSequence"], person["deliveredSequence"]) != shown:
                yield f"{client.name}: the list says {person} of {pk}, and it is {shown}"
            if person["name"] != judge.names[person["userId"]]:
                yield f"{client.name}: the list calls {person['userId']} {person['name']}"


def unread_by_rows(judge: Judge, place: Any) -> int:
    """One by one: what the person may see, has not read, did not write, and still stands."""
    read = place.read_sequence
    if place.unread_from is not None:
        read = min(read, place.unread_from - 1)
    if not judge.conversations[place.conversation_id].history_visible:
        read = max(read, place.joined_sequence)
    return sum(
        message.sequence > read
        and message.sender_id != place.user_id
        and message.deleted_at is None
        for message in judge.messages
        if message.conversation_id == place.conversation_id
    )


def _unread_by_view(room: Room, user_id: int) -> int:
    """The same, by what the client holds and believes."""
    return sum(
        sequence > room.marks.read_until and said.sender_id != user_id and not said.is_deleted
        for sequence, said in room.messages.items()
    )


def _faults_of_room(judge: Judge, client: Client, room: Room, place: Any) -> Iterator[str]:
    marks = room.marks
    yield from marks.falls
    believed_read, read = (
        _of_others(judge, place, one) for one in (marks.read, place.read_sequence)
    )
    if (believed_read, marks.unread_from) != (read, place.unread_from):
        yield f"{marks} is believed of {place}"
    counted, stored = _unread_by_view(room, place.user_id), unread_by_rows(judge, place)
    if counted != stored:
        yield f"{stored} are unread, and {counted} are believed to be"
    for (pk, user_id), row in judge.places.items():
        is_judged = pk == place.conversation_id and user_id != place.user_id
        # Who came again has marks that begin anew, and those of before may be remembered.
        if not is_judged or judge.comings(pk, user_id) > 1 or judge.comings(pk, place.user_id) > 1:
            continue
        shown = {"read": row.shown_read_sequence, "delivered": row.shown_delivered_sequence}
        believed = marks.others.get(user_id, {"read": 0, "delivered": 0})
        for kind, mark in shown.items():
            if _of_others(judge, row, mark) != _of_others(judge, row, believed[kind]):
                yield f"{user_id} shows {shown}, and is believed to show {believed}"


def _of_others(judge: Judge, place: Any, mark: int) -> int:
    """How many messages of others lie below the mark. A person's own message moves their mark by
    itself, and nothing is told of that but the message."""
    return sum(
        message.sequence <= mark and message.sender_id != place.user_id
        for message in judge.messages
        if message.conversation_id == place.conversation_id
    )
