"""The count of unread messages is what one gets by looking at each, after any history."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from chatsite.realtime.errors import Refused
from chatsite.realtime.wire import ChatMessageType
from conversations import services
from conversations.listing import conversations_of
from conversations.models import MARKS, Message, Participant
from conversations.selectors import conversation_states_of
from tests.conversations.conftest import NOON, Send, draft

STEPS = 60
SEEDS = range(2)


def counted_one_by_one(place: Participant) -> int:
    """How many messages the person may see, that are of others, stand, and were not read."""
    read = place.read_sequence
    if place.unread_from is not None:
        read = min(read, place.unread_from - 1)
    before = 0 if place.conversation.history_visible else place.joined_sequence
    messages = Message.objects.filter(conversation=place.conversation)
    return sum(
        message.sequence > max(read, before)
        and message.sender_id != place.user_id
        and message.deleted_at is None
        for message in messages
    )


class History:
    """What people do in a group, at random."""

    def __init__(self, seed: int, *, group: int, people: list[User], send: Send) -> None:
        self.group = group
        self.people = people
        self._rng = random.Random(seed)  # noqa: S311 -- it may be guessed
        self._send = send
        self._now = NOON

    def goes_on(self) -> None:
        """Do one thing. What may not be is refused."""
        self._now += timedelta(microseconds=self._rng.randrange(3_000))
        doings: dict[Callable[[User], None], int] = {
            self._writes: 10,
            self._deletes: 5,
            self._reads: 4,
            self._marks_unread: 4,
            self._comes_or_goes: 2,
            self._hides_or_shows: 1,
        }
        [do] = self._rng.choices(list(doings), list(doings.values()))
        with suppress(Refused):
            do(self._rng.choice(self.people))

    def _writes(self, person: User) -> None:
        before = self._read_of_others(person)
        self._send(person)
        assert self._read_of_others(person) == before, "who sends has read nothing by that"

    def _deletes(self, person: User) -> None:
        services.delete_message(
            conversation_id=self.group,
            message_id=self._some_message(),
            user_id=person.pk,
            now=self._now,
        )

    def _reads(self, person: User) -> None:
        services.mark(
            kind=ChatMessageType.READ,
            conversation_id=self.group,
            message_id=self._some_message(),
            user_id=person.pk,
            now=self._now,
        )

    def _marks_unread(self, person: User) -> None:
        services.mark_unread(
            conversation_id=self.group,
            message_id=self._some_message(),
            user_id=person.pk,
            now=self._now,
        )

    def _comes_or_goes(self, person: User) -> None:
        admin, *others = (one.pk for one in self.people)
        if Participant.objects.filter(conversation_id=self.group, user=others[-1]).exists():
            services.remove_participant(
                conversation_id=self.group, actor_id=admin, user_id=others[-1]
            )
        else:
            services.add_participant(
                conversation_id=self.group, actor_id=admin, user_id=others[-1], now=self._now
            )

    def _hides_or_shows(self, person: User) -> None:
        services.change_conversation(
            conversation_id=self.group,
            actor_id=self.people[0].pk,
            title=None,
            history_visible=self._rng.random() < 0.5,
        )

    def _read_of_others(self, person: User) -> list[int]:
        """How many messages of others lie below each of the person's marks."""
        others = Message.objects.filter(conversation_id=self.group).exclude(sender=person)
        places = Participant.objects.filter(conversation_id=self.group, user=person)
        marks = [mark for place in places.values_list(*MARKS) for mark in place]
        return [others.filter(sequence__lte=mark).count() for mark in marks]

    def _some_message(self) -> int:
        ids = Message.objects.filter(conversation_id=self.group).values_list("pk", flat=True)
        return self._rng.choice([*ids, 0])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_count_is_exact_after_any_history(
    alice: User, bob: User, carol: User, group: int, send: Send, seed: int
) -> None:
    people = [alice, bob, carol]
    history = History(seed, group=group, people=people, send=send)
    seen = set()
    for _ in range(STEPS):
        history.goes_on()
        states = conversation_states_of([person.pk for person in people])
        for place in Participant.objects.select_related("conversation"):
            expected = counted_one_by_one(place)
            seen.add((expected > 0, place.unread_from is not None))
            [in_ready] = states[place.user_id]
            [in_list] = conversations_of(place.user_id)
            assert (in_ready.unread, in_list.unread) == (expected, expected)
    assert len(seen) > 2, "there were marked ones and others, with something unread and without"


def marks_in(group: int) -> dict[int, set[int]]:
    """Each person's marks."""
    rows = Participant.objects.filter(conversation_id=group).values_list("user_id", *MARKS)
    return {user_id: set(marks) for user_id, *marks in rows}


def test_messages_of_several_people_in_one_transaction_read_nothing(
    alice: User, bob: User, carol: User, group: int, send: Send
) -> None:
    first = send(alice)
    services.mark(
        kind=ChatMessageType.READ,
        conversation_id=group,
        message_id=first,
        user_id=bob.pk,
        now=NOON,
    )
    senders = [bob, bob, carol, bob, alice]
    services.send_messages(
        [
            services.Sending(sender_id=sender.pk, draft=draft(group), ends_typing=False, now=NOON)
            for sender in senders
        ]
    )
    # Alice stands at her own first message, Bob behind his own two that came right after it.
    assert marks_in(group) == {alice.pk: {1}, bob.pk: {3}, carol.pk: {0}}
    states = conversation_states_of([alice.pk, bob.pk, carol.pk])
    unread = {user_id: state.unread for user_id, [state] in states.items()}
    assert unread == {alice.pk: 4, bob.pk: 2, carol.pk: 5}


def test_each_change_of_the_mark_is_later_than_the_one_before(
    alice: User, bob: User, group: int, send: Send
) -> None:
    message_id = send(alice)
    send(alice)
    told = []
    for _ in range(3):
        services.mark_unread(conversation_id=group, message_id=message_id, user_id=bob.pk, now=NOON)
        told.append(conversations_of(bob.pk)[0].unread_at)
    assert told == sorted(set(map(str, told)))
