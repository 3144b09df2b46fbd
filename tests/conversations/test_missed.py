"""What a client missed is read in pages that fit, and with few queries where it is little."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from chatsite.realtime.errors import ErrorCode, Refused
from conversations import services
from conversations.cursors import Ask, Cursor
from conversations.inbound import Edit
from conversations.missed import Answer, read_answers
from tests.conversations.conftest import NOON, Send, draft

Events = list[dict[str, Any]]


def read(user: User, *asks: Ask) -> list[Answer | Refused]:
    return read_answers(user_id=user.pk, asks=asks)


def events_of(answer: Answer | Refused) -> Events:
    assert isinstance(answer, Answer)
    return [item.event for item in answer.items]


def size_of(answer: Answer | Refused) -> int:
    assert isinstance(answer, Answer)
    return sum(len(item.encoded) for item in answer.items if item.event["type"] == "message")


def edits(user: User, room: int, message_id: int, content: str) -> None:
    edit = Edit(conversation_id=room, message_id=message_id, content=content)
    services.edit_message(user_id=user.pk, edit=edit, now=NOON)


def all_of(user: User, room: int, *, sequence: int, revision: int) -> list[Events]:
    """The answers to a client that asks until there is no more."""
    pages: list[Events] = []
    while not pages or pages[-1][-1].get("hasMore"):
        [answer] = read(user, Ask(room, Cursor(sequence, revision)))
        pages.append(events_of(answer))
        end = pages[-1][-1]
        assert (end["sequence"], end["revision"]) > (sequence, revision), "it comes further"
        sequence, revision = end["sequence"], end["revision"]
    return pages


def test_a_page_ends_where_it_is_full(
    settings: Settings, alice: User, bob: User, group: int, send: Send
) -> None:
    settings.CATCHUP_BYTES = 5_000
    ids = [send(alice, f"{number} {'x' * 900}") for number in range(20)]
    for message_id in ids[:12]:
        edits(alice, group, message_id, "y" * 900)
    pages = all_of(bob, group, sequence=10, revision=0)
    assert len(pages) > 3
    for page in pages:
        assert 1 <= sum(event["type"] == "message" for event in page) <= 4
    told = [event["sequence"] for page in pages for event in page if event["type"] == "message"]
    assert sorted(set(told)) == list(range(1, 21))
    assert (pages[-1][-1]["sequence"], pages[-1][-1]["revision"]) == (20, 12)


def test_a_message_that_is_larger_than_a_page_has_one_of_its_own(
    settings: Settings, alice: User, bob: User, group: int, send: Send
) -> None:
    settings.CATCHUP_BYTES = 10
    for _ in range(3):
        send(alice)
    assert [len(page) for page in all_of(bob, group, sequence=0, revision=0)] == [2, 2, 2]


def test_whoever_counts_no_changes_need_not_ask_for_the_rest(
    settings: Settings, alice: User, bob: User, group: int, send: Send
) -> None:
    settings.CATCHUP_BYTES, settings.CATCHUP_LIMIT = 2_000, 7
    for _ in range(10):
        send(alice, "x" * 500)
    told: list[int] = []
    ask: Ask | None = Ask(group, Cursor(0))
    while ask is not None:
        [answer] = read(bob, ask)
        assert isinstance(answer, Answer)
        assert size_of(answer) <= 2_000
        told += [event["sequence"] for event in events_of(answer)]
        ask = answer.rest
    assert told == [1, 2, 3, 4, 5, 6, 7]


def test_a_little_of_many_conversations_costs_three_queries(
    alice: User,
    bob: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    asks = []
    for number in range(30):
        conversation, _ = services.create_conversation(
            creator_id=alice.pk, participant_ids=[bob.pk], title=str(number), now=NOON
        )
        for content in ("hi", "there"):
            services.send_message(
                sender_id=alice.pk,
                draft=draft(conversation.pk, content),
                ends_typing=False,
                now=NOON,
            )
        asks.append(Ask(conversation.pk, Cursor(1, 0)))
    with django_assert_num_queries(3):
        answers = read(bob, *asks)
    for ask, answer in zip(asks, answers, strict=True):
        message, end = events_of(answer)
        assert (message["conversationId"], message["content"]) == (ask.conversation_id, "there")
        assert (end["conversationId"], end["sequence"]) == (ask.conversation_id, 2)


def test_answers_read_together_are_as_many_as_fit(
    settings: Settings, alice: User, bob: User, group: int, send: Send
) -> None:
    settings.CATCHUP_BYTES = 3_000
    send(alice, "x" * 1_000)
    ask = Ask(group, Cursor(0, 0))
    answers = read(bob, *[ask] * 10)
    assert len(answers) == 2
    assert [len(events_of(answer)) for answer in answers] == [2, 2]


def test_one_that_is_not_theirs_is_refused_and_the_others_are_read(
    alice: User, bob: User, group: int, send: Send
) -> None:
    send(alice)
    mine, strange = Ask(group, Cursor(0, 0)), Ask(group + 1, Cursor(0, 0))
    first, refused, last = read(bob, mine, strange, mine)
    assert isinstance(refused, Refused)
    assert refused.code is ErrorCode.NOT_A_PARTICIPANT
    assert len(events_of(first)) == len(events_of(last)) == 2


@pytest.mark.parametrize("count", [1, 80])
def test_the_reactions_stand_after_the_messages(
    alice: User, bob: User, group: int, send: Send, count: int
) -> None:
    ids = [send(alice) for _ in range(count)]
    for message_id, emoji in ((ids[-1], "👍"), (ids[0], "🎉")):
        services.react(
            conversation_id=group,
            message_id=message_id,
            user_id=bob.pk,
            emoji=emoji,
            action="add",
            now=NOON,
        )
    [answer] = read(bob, Ask(group, Cursor(0, 0)))
    kinds = [event["type"] for event in events_of(answer)]
    assert kinds == ["message"] * count + ["reaction"] * 2 + ["conversation"]
