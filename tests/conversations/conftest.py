"""Alice and Bob in a conversation, without sockets, and an ear at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from channels.layers import channel_layers
from django.contrib.auth.models import User

from chatsite.realtime.groups import conversation_group
from conversations import services
from conversations.inbound import Draft
from tests.ears import Ear

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Send = Callable[..., int]


@pytest.fixture
def alice(transactional_db: None) -> User:
    """Who writes."""
    return User.objects.create(username="alice")


@pytest.fixture
def bob(transactional_db: None) -> User:
    """Who reads."""
    return User.objects.create(username="bob")


@pytest.fixture
def carol(transactional_db: None) -> User:
    """Who may come and go."""
    return User.objects.create(username="carol")


@pytest.fixture
def group(alice: User, bob: User, carol: User) -> int:
    """A conversation of the three, with Alice as its admin."""
    conversation, _ = services.create_conversation(
        creator_id=alice.pk, participant_ids=[bob.pk, carol.pk], title="The team", now=NOON
    )
    return conversation.pk


@pytest.fixture
def ear(group: int) -> Iterator[Ear]:
    """An ear in the group."""
    channel_layers.backends.clear()
    yield Ear(conversation_group(group))
    channel_layers.backends.clear()


def draft(conversation_id: int, content: str = "hi", client_id: str = "") -> Draft:
    """A message to be sent."""
    return Draft(
        conversation_id=conversation_id,
        client_message_id=client_id or str(uuid4()),
        content=content,
        message_type="text",
        reply_to_message_id=None,
        media_url="",
    )


@pytest.fixture
def send(group: int) -> Send:
    """``send(alice)``: send a message; its id."""

    def send(user: User, content: str = "hi") -> int:
        sent = services.send_message(
            sender_id=user.pk, draft=draft(group, content), ends_typing=False, now=NOON
        )
        assert sent.message.message_id is not None, "what is stored has an id"
        return sent.message.message_id

    return send
