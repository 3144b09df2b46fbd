"""Marks of many conversations at once: one write, however many there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatsite.realtime.errors import ErrorCode
from conversations import services
from conversations.models import Conversation, Message, Participant
from conversations.services import Marking

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


def conversations_with_one_message(count: int) -> tuple[int, list[Marking]]:
    """So many conversations of Alice, in each of which Bob said something; what marks all."""
    alice, bob = (get_user_model().objects.create_user(f"{name}{count}") for name in ("al", "bo"))
    rooms = Conversation.objects.bulk_create(
        Conversation(sequence=1, created_at=NOW, active_at=NOW) for _ in range(count)
    )
    Participant.objects.bulk_create(
        Participant(conversation=room, user=user, joined_at=NOW)
        for room in rooms
        for user in (alice, bob)
    )
    messages = Message.objects.bulk_create(
        Message(
            conversation=room,
            sequence=1,
            sender=bob,
            client_message_id="a",
            content="hi",
            created_at=NOW,
        )
        for room in rooms
    )
    markings = [
        Marking(conversation_id=one.conversation_id, message_id=one.pk, is_read=True)
        for one in messages
    ]
    return alice.pk, markings


def test_many_conversations_are_marked_with_as_many_statements_as_one() -> None:
    counted = []
    for count in (1, 500):
        user_id, markings = conversations_with_one_message(count)
        with CaptureQueriesContext(connection) as statements:
            refused = services.mark_all(user_id=user_id, markings=markings, now=NOW)
        assert refused == {}
        marked = Participant.objects.filter(user_id=user_id, shown_read_sequence=1)
        assert marked.count() == count
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_marking_again_writes_nothing() -> None:
    user_id, markings = conversations_with_one_message(3)
    services.mark_all(user_id=user_id, markings=markings, now=NOW)
    with CaptureQueriesContext(connection) as statements:
        services.mark_all(user_id=user_id, markings=markings, now=NOW)
    assert all(query["sql"].startswith("SELECT") for query in statements.captured_queries)


def test_a_mark_in_a_conversation_that_was_left_is_refused_alone() -> None:
    user_id, markings = conversations_with_one_message(3)
    left = markings[1]
    Participant.objects.get(conversation_id=left.conversation_id, user_id=user_id).delete()
    refused = services.mark_all(user_id=user_id, markings=markings, now=NOW)
    assert refused == {left: ErrorCode.NOT_A_PARTICIPANT}
    marked = Participant.objects.filter(user_id=user_id, read_sequence=1)
    assert marked.count() == 2
