"""How large a conversation may become, and how much of this one person may do in a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from conversations import services
from conversations.models import Conversation, Participant
from tests.conversations.conftest import NOON
from tests.together import together


def starts(
    creator: User, *people: User, title: str = "A group", later: timedelta | None = None
) -> int:
    """Start a conversation; its id."""
    conversation, _ = services.create_conversation(
        creator_id=creator.pk,
        participant_ids=[person.pk for person in people],
        title=title,
        now=NOON + (later or timedelta()),
    )
    return conversation.pk


def adds(actor: User, person: User, room: int) -> None:
    """Let somebody in."""
    services.add_participant(conversation_id=room, actor_id=actor.pk, user_id=person.pk, now=NOON)


def refused(step: Callable[[], object]) -> Refused:
    """The refusal of it."""
    with pytest.raises(Refused) as refusal:
        step()
    return refusal.value


def refusal_of(step: Callable[[], object]) -> ErrorCode | None:
    """By which code it is refused, if it is."""
    try:
        step()
    except Refused as refused:
        return refused.code
    return None


@pytest.fixture
def dave(transactional_db: None) -> User:
    """One too many."""
    return User.objects.create(username="dave")


@override_settings(MAX_PARTICIPANTS=3)
def test_a_conversation_is_full_for_all_but_staff(
    alice: User, bob: User, carol: User, dave: User
) -> None:
    full = ErrorCode.CONVERSATION_FULL
    assert refusal_of(lambda: starts(alice, bob, carol, dave)) is full
    assert not Conversation.objects.exists()
    room = starts(alice, bob, carol)
    assert refusal_of(lambda: adds(alice, dave, room)) is full
    assert Participant.objects.filter(conversation=room).count() == 3
    # Whoever is in it already needs no room.
    assert refusal_of(lambda: adds(alice, bob, room)) is None
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    adds(alice, dave, room)
    assert Participant.objects.filter(conversation=room).count() == 4


@override_settings(MAX_CONVERSATIONS=2)
def test_a_person_starts_so_many_conversations_a_day(alice: User, bob: User, carol: User) -> None:
    limited = ErrorCode.RATE_LIMITED
    direct = starts(alice, bob, title="")
    starts(alice, bob)
    assert refusal_of(lambda: starts(alice, carol)) is limited
    # The one that there is already is not started, and the others have a day of their own.
    assert starts(alice, bob, title="") == direct
    starts(bob, carol)
    almost = timedelta(days=1) - timedelta(seconds=1)
    assert refusal_of(lambda: starts(alice, carol, later=almost)) is limited
    why = refused(lambda: starts(alice, carol, later=almost))
    assert (why.reason, why.retry_after) == (Reason.CONVERSATIONS_A_DAY, 1)
    starts(alice, carol, later=timedelta(days=1))
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    for _ in range(3):
        starts(bob, carol)


@override_settings(MAX_ADDITIONS=3)
def test_a_person_lets_so_many_people_in_a_day(
    alice: User, bob: User, carol: User, dave: User
) -> None:
    room = starts(alice, bob, carol)
    adds(alice, bob, room)
    adds(alice, dave, room)
    assert refused(lambda: starts(alice, bob)).reason is Reason.ADDITIONS_A_DAY
    services.remove_participant(conversation_id=room, actor_id=alice.pk, user_id=dave.pk)
    assert refusal_of(lambda: adds(alice, dave, room)) is ErrorCode.RATE_LIMITED
    adds(bob, dave, room)


@override_settings(CONVERSATION_BURST=2, CONVERSATION_INTERVAL=3)
def test_a_person_starts_conversations_and_adds_people_at_a_pace(
    alice: User, bob: User, carol: User, dave: User
) -> None:
    """A start counts once, however many people are in it."""
    direct = starts(alice, bob, title="")
    room = starts(alice, bob, carol)
    for step in (lambda: starts(alice, bob, carol), lambda: adds(alice, dave, room)):
        why = refused(step)
        assert (why.code, why.reason) == (ErrorCode.RATE_LIMITED, Reason.TOO_MANY_AT_ONCE)
        assert why.retry_after == 3
    assert Conversation.objects.count() == 2
    # What changes nothing is not counted, and others have a pace of their own.
    assert starts(alice, bob, title="") == direct
    adds(alice, bob, room)
    adds(bob, dave, room)
    later = timedelta(seconds=2.5)
    assert refused(lambda: starts(alice, carol, later=later)).retry_after == 1
    later = timedelta(seconds=3)
    starts(alice, carol, later=later)
    assert refused(lambda: starts(alice, carol, later=later)).retry_after == 3
    later = timedelta(minutes=1)
    for _ in range(2):
        starts(alice, carol, later=later)
    assert refused(lambda: starts(alice, carol, later=later)).retry_after == 3


@override_settings(MAX_CONVERSATIONS=3, MAX_PARTICIPANTS=3)
def test_whoever_asks_for_many_at_once_gets_no_more(
    alice: User, bob: User, carol: User, dave: User
) -> None:
    asked = together(*[lambda: refusal_of(lambda: starts(alice, bob))] * 8)
    assert asked.count(None) == Conversation.objects.count() == 3
    room = Conversation.objects.latest("pk").pk
    together(
        lambda: refusal_of(lambda: adds(alice, carol, room)),
        lambda: refusal_of(lambda: adds(bob, dave, room)),
    )
    assert Participant.objects.filter(conversation=room).count() == 3
