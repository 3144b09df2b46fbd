"""The list of conversations and of the people in one, read in pages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatsite.realtime.errors import ErrorCode, Refused
from conversations import services
from conversations.listing import (
    Position,
    conversations_found,
    conversations_of,
    conversations_page,
)
from conversations.members import Position as MemberPosition
from conversations.members import participants_page
from conversations.selectors import require_participant
from tests.conversations.conftest import NOON

HOUR = timedelta(hours=1)


def starts(creator: User, *people: User, title: str = "", now: datetime = NOON) -> int:
    """Start a conversation; its id."""
    conversation, _ = services.create_conversation(
        creator_id=creator.pk,
        participant_ids=[person.pk for person in people],
        title=title,
        now=now,
    )
    return conversation.pk


@pytest.fixture
def crowd(transactional_db: None) -> list[User]:
    """Thirty people of whom nobody is active anywhere yet."""
    return [
        User.objects.create(
            username=f"person-{number:02}", first_name="Dora", last_name=f"N{number}"
        )
        for number in range(30)
    ]


@pytest.fixture
def rooms(alice: User, bob: User) -> list[int]:
    """Seven conversations of the two, the newest first; three of them began at one time."""
    hours = [1, 2, 3, 3, 3, 4, 5]
    made = [
        (NOON + hour * HOUR, starts(alice, bob, title=f"Room {hour}", now=NOON + hour * HOUR))
        for hour in hours
    ]
    return [room for _, room in sorted(made, reverse=True)]


def test_pages_follow_each_other_without_a_gap_or_a_double(alice: User, rooms: list[int]) -> None:
    found: list[int] = []
    after: Position | None = None
    sizes: list[int] = []
    while True:
        page = conversations_page(alice.pk, limit=3, after=after)
        found += [shape.conversation_id for shape in page.conversations]
        sizes.append(len(page.conversations))
        if not page.next:
            break
        after = Position.parse(page.next)
    assert found == rooms == [shape.conversation_id for shape in conversations_of(alice.pk)]
    assert sizes == [3, 3, 1]
    assert conversations_page(alice.pk, limit=7).next == ""


@pytest.mark.parametrize("text", ["", "12", "a-1", "1-2-3", "1-", "\u0663-\u0661", "9" * 30 + "-1"])
def test_a_position_that_no_answer_gave_is_refused(text: str) -> None:
    for parse in (Position.parse, MemberPosition.parse):
        with pytest.raises(Refused) as refused:
            parse(text)
        assert refused.value.code is ErrorCode.INVALID_FRAME


def test_some_are_asked_for_by_id_and_a_strangers_is_not_told(
    alice: User, bob: User, carol: User, rooms: list[int]
) -> None:
    others = starts(bob, carol)
    told = conversations_of(alice.pk, only=[rooms[4], others, rooms[1]])
    assert [shape.conversation_id for shape in told] == [rooms[1], rooms[4]]


def test_few_participants_are_told_of_large_ones_and_all_of_small_ones(
    alice: User, bob: User, crowd: list[User]
) -> None:
    large, small = starts(alice, *crowd, title="All"), starts(alice, bob)
    few = {shape.conversation_id: shape for shape in conversations_of(alice.pk, participants=3)}
    ids = sorted([alice.pk, *(person.pk for person in crowd)])
    assert [person.user_id for person in few[large].participants] == ids[:3]
    assert {person.user_id for person in few[small].participants} == {alice.pk, bob.pk}
    assert [few[pk].participant_count for pk in (large, small)] == [31, 2]
    whole = {shape.conversation_id: shape for shape in conversations_of(alice.pk)}
    assert len(whole[large].participants) == whole[large].participant_count == 31
    [none] = conversations_of(alice.pk, only=[large], participants=0)
    assert (none.participants, none.participant_count) == ([], 31)


def test_a_page_reads_no_more_rows_for_larger_groups_and_longer_lists(
    alice: User, bob: User, crowd: list[User], rooms: list[int]
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as context:
            page = conversations_page(alice.pk, limit=3, participants=2)
        assert sum(len(shape.participants) for shape in page.conversations) == 6
        return len(context)

    before = statements()
    for number in range(3):
        starts(alice, *crowd, title="All", now=NOON + (6 + number) * HOUR)
    assert statements() == before


def test_the_members_come_in_pages_admins_first(alice: User, bob: User, crowd: list[User]) -> None:
    room = starts(alice, *crowd, title="All")
    heir = crowd[20]
    services.set_admin(conversation_id=room, actor_id=alice.pk, user_id=heir.pk, is_admin=True)
    place = require_participant(conversation_id=room, user_id=crowd[3].pk)
    found: list[int] = []
    after: MemberPosition | None = None
    while True:
        page = participants_page(place, limit=7, after=after)
        assert page.participant_count == 31
        found += [person.user_id for person in page.participants]
        if not page.next:
            break
        after = MemberPosition.parse(page.next)
    admins = sorted([alice.pk, heir.pk])
    assert found == admins + sorted({person.pk for person in crowd} - {heir.pk})
    assert len(found) == 31


def test_members_are_found_by_name(alice: User, crowd: list[User]) -> None:
    room = starts(alice, *crowd[:20], title="All")
    place = require_participant(conversation_id=room, user_id=alice.pk)

    def found(text: str) -> list[int]:
        return [
            person.user_id for person in participants_page(place, limit=50, text=text).participants
        ]

    assert found("person-07") == found("n7 DOR") == [crowd[7].pk]
    assert len(found("dora")) == 20
    assert found("n25") == found("dora nobody") == []
    page = participants_page(place, limit=8, text="dora")
    rest = participants_page(place, limit=50, text="dora", after=MemberPosition.parse(page.next))
    assert len(page.participants + rest.participants) == 20


def test_conversations_are_found_by_title_and_by_who_is_in_them(
    alice: User, bob: User, carol: User, crowd: list[User]
) -> None:
    trip = starts(alice, *crowd[:20], title="Summer trip")
    lunch = starts(alice, bob, title="Lunch", now=NOON + HOUR)
    direct = starts(alice, carol)
    strangers = starts(bob, carol, title="Summer")

    def found(text: str) -> list[int]:
        shapes = conversations_found(alice.pk, text=text, participants=1)
        return [shape.conversation_id for shape in shapes]

    assert found("summ") == found("person-13") == found("dora trip") == [trip]
    assert found("bob") == found("LUN") == [lunch]
    assert found("carol") == [direct]
    assert found("alice") == found("person-25") == found("summer lunch") == found(" ") == []
    assert strangers not in found("summer")
    carol.is_active = False
    carol.save()
    assert found("caro") == [direct]
