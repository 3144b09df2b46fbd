"""How many reactions one message may have: a catch-up sends all of them at once."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import override_settings

from chatsite.realtime.backlog import weight_of
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.frames import item_of
from chatsite.realtime.wire import ChatStreamMessage, to_event
from conversations import services
from conversations.models import Reaction
from tests.conversations.conftest import NOON, Send


def reacts(
    user: User, message_id: int, room: int, emoji: str, action: str = "add"
) -> ChatStreamMessage:
    """Add an emoji to the message, or remove it; what everybody is told."""
    return services.react(
        conversation_id=room,
        message_id=message_id,
        user_id=user.pk,
        emoji=emoji,
        action=action,
        now=NOON,
    ).message


@override_settings(MAX_REACTIONS=3)
def test_of_all_people_together_a_message_has_so_many(
    group: int, send: Send, alice: User, bob: User, carol: User
) -> None:
    message, other = send(alice), send(alice)
    reacts(alice, message, group, "👍")
    reacts(alice, message, group, "🎉")
    reacts(bob, message, group, "👍")
    with pytest.raises(Refused) as refused:
        reacts(carol, message, group, "👍")
    assert refused.value.code is ErrorCode.INVALID_REACTION
    assert "3" in refused.value.sentence
    assert Reaction.objects.filter(message=message).count() == 3
    reacts(alice, message, group, "👍")
    reacts(carol, other, group, "👍")
    reacts(bob, message, group, "👍", "remove")
    reacts(carol, message, group, "👍")
    assert Reaction.objects.filter(message=message).count() == 3


def test_the_reactions_of_one_message_fit_into_what_may_wait_for_a_reader(
    group: int, send: Send, bob: User, alice: User
) -> None:
    bob.first_name, bob.last_name = "Bartholomew", "Featherstonehaugh"
    bob.save()
    told = reacts(bob, send(alice), group, "👨‍👩‍👧‍👦")
    assert (
        settings.MAX_REACTIONS * weight_of(item_of(to_event(told))) < settings.STREAM_OUTBOX_BYTES
    )
