"""Whoever leaves a group by themselves comes back only if they accept to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import user_group
from conversations import services
from conversations.invitations import invitations_of
from conversations.models import Conversation, Departure, Participant
from tests.conversations.conftest import NOON, Send
from tests.ears import Ear
from tests.together import together

DAY = timedelta(days=1)


def leaves(user: User, group: int) -> None:
    """Leave by oneself."""
    services.remove_participant(conversation_id=group, actor_id=user.pk, user_id=user.pk)


def adds(actor: User, user: User, group: int, now: datetime = NOON) -> bool:
    """Let somebody in; false: they are invited."""
    return services.add_participant(
        conversation_id=group, actor_id=actor.pk, user_id=user.pk, now=now
    )


def accepts(user: User, group: int) -> None:
    """Come back."""
    services.accept_invitation(conversation_id=group, user_id=user.pk, now=NOON)


def declines(user: User, group: int) -> None:
    """Stay away."""
    services.decline_invitation(conversation_id=group, user_id=user.pk, now=NOON)


def is_in(user: User, group: int) -> bool:
    """Whether the person is in the group."""
    return Participant.objects.filter(conversation_id=group, user=user).exists()


def test_who_left_is_invited_and_is_in_it_once_they_accept(
    alice: User, carol: User, group: int, send: Send
) -> None:
    send(alice, "before")
    leaves(carol, group)
    ear = Ear(user_group(carol.pk))
    assert adds(alice, carol, group) is False
    assert not is_in(carol, group)
    assert [event["conversationId"] for event in ear.events()] == [group]
    [invitation] = invitations_of(carol.pk)
    assert (invitation.conversation_id, invitation.title) == (group, "The team")
    assert (invitation.inviter_id, invitation.inviter_name) == (alice.pk, "alice")
    assert invitations_of(alice.pk) == []
    accepts(carol, group)
    place = Participant.objects.get(conversation_id=group, user=carol)
    assert (place.joined_sequence, place.is_admin) == (1, False)
    assert invitations_of(carol.pk) == []
    with pytest.raises(Refused) as refused:
        accepts(carol, group)
    assert refused.value.code is ErrorCode.NOT_A_PARTICIPANT


def test_who_declines_is_asked_again_after_a_day_at_the_earliest(
    alice: User, bob: User, carol: User, group: int
) -> None:
    leaves(carol, group)
    adds(alice, carol, group)
    declines(carol, group)
    assert invitations_of(carol.pk) == []
    with pytest.raises(Refused) as refused:
        adds(bob, carol, group, NOON + DAY - timedelta(seconds=1))
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert adds(bob, carol, group, NOON + DAY) is False
    assert [one.inviter_id for one in invitations_of(carol.pk)] == [bob.pk]
    bob.delete()
    [invitation] = invitations_of(carol.pk)
    assert invitation.inviter_name == "Deleted user"


def test_who_was_removed_did_not_leave_and_nobody_accepts_what_they_were_not_asked(
    alice: User, bob: User, carol: User, group: int
) -> None:
    services.remove_participant(conversation_id=group, actor_id=alice.pk, user_id=carol.pk)
    for answer in (accepts, declines):
        with pytest.raises(Refused) as refused:
            answer(carol, group)
        assert refused.value.code is ErrorCode.NOT_A_PARTICIPANT
    assert adds(alice, carol, group) is True
    assert is_in(carol, group)
    leaves(bob, group)
    with pytest.raises(Refused):
        accepts(bob, group)


@override_settings(MAX_ADDITIONS=3, MAX_PARTICIPANTS=3)
def test_an_invitation_counts_as_an_addition_and_finds_the_group_full(
    alice: User, bob: User, carol: User, group: int
) -> None:
    # Two of the three are those with whom she began the group.
    leaves(carol, group)
    adds(alice, carol, group)
    assert adds(alice, carol, group) is False
    dave = User.objects.create(username="dave")
    with pytest.raises(Refused) as refused:
        adds(alice, dave, group)
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert adds(bob, dave, group)
    with pytest.raises(Refused) as refused:
        accepts(carol, group)
    assert refused.value.code is ErrorCode.CONVERSATION_FULL
    assert len(invitations_of(carol.pk)) == 1, "it stands until there is room"


def test_the_last_who_comes_back_is_an_admin(alice: User, bob: User) -> None:
    conversation, _ = services.create_conversation(
        creator_id=alice.pk, participant_ids=[bob.pk], title="Two", now=NOON
    )
    leaves(bob, conversation.pk)
    adds(alice, bob, conversation.pk)
    leaves(alice, conversation.pk)
    accepts(bob, conversation.pk)
    assert Participant.objects.get(conversation=conversation).is_admin
    assert Conversation.objects.get(pk=conversation.pk) == conversation


@pytest.mark.parametrize("_round", range(3))
def test_to_accept_decline_and_be_invited_at_once_ends_in_one_of_them(
    alice: User, bob: User, carol: User, group: int, _round: int
) -> None:
    leaves(carol, group)
    adds(alice, carol, group)

    def tries(step: Callable[[], object]) -> bool:
        try:
            step()
        except Refused:
            return False
        return True

    together(
        lambda: tries(lambda: accepts(carol, group)),
        lambda: tries(lambda: declines(carol, group)),
        lambda: tries(lambda: adds(bob, carol, group)),
        lambda: tries(lambda: accepts(carol, group)),
    )
    assert is_in(carol, group) is not Departure.objects.exists()
