"""Races, with real threads on one database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from chatsite.realtime.errors import Refused
from conversations import services
from conversations.inbound import Edit
from conversations.models import Conversation, Message, Participant, Reaction
from tests.conversations.conftest import NOON, Send, draft
from tests.ears import Ear
from tests.together import together

ROUNDS = range(3)


def reacts(group: int, message_id: int, user: User, action: str) -> Callable[[], None]:
    """The step that adds or removes the user's emoji."""

    def step() -> None:
        services.react(
            conversation_id=group,
            message_id=message_id,
            user_id=user.pk,
            emoji="👍",
            action=action,
            now=NOON,
        )

    return step


@pytest.mark.parametrize("_round", ROUNDS)
def test_ten_duplicates_at_once_are_one_message_and_one_broadcast(
    alice: User, group: int, ear: Ear, _round: int
) -> None:
    same = draft(group, "hi", client_id="1")

    def send() -> services.Sent:
        return services.send_message(sender_id=alice.pk, draft=same, ends_typing=False, now=NOON)

    outcomes = together(*[send] * 10)
    assert [sent.is_new for sent in outcomes].count(True) == 1
    assert len({sent.message for sent in outcomes}) == 1
    assert Message.objects.count() == 1
    assert [event["type"] for event in ear.events()] == ["message"]


@pytest.mark.parametrize("_round", ROUNDS)
def test_sequences_have_no_gap_and_no_double(
    alice: User, bob: User, send: Send, ear: Ear, _round: int
) -> None:
    together(*[lambda: send(alice), lambda: send(bob)] * 5)
    heard = [event["sequence"] for event in ear.events() if event["type"] == "message"]
    assert sorted(heard) == list(range(1, 11))
    assert list(Message.objects.order_by("pk").values_list("sequence", flat=True)) == sorted(heard)


@pytest.mark.parametrize("_round", ROUNDS)
def test_the_same_emoji_ten_times_at_once_is_one_change(
    alice: User, bob: User, group: int, send: Send, ear: Ear, _round: int
) -> None:
    message_id = send(alice)
    together(*[reacts(group, message_id, bob, "add")] * 10)
    assert [event["type"] for event in ear.events()] == ["message", "reaction"]
    assert Conversation.objects.get(pk=group).revision == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_opposite_wishes_at_once_alternate(
    alice: User, bob: User, group: int, send: Send, ear: Ear, _round: int
) -> None:
    message_id = send(alice)
    together(*[reacts(group, message_id, bob, action) for action in ("add", "remove")] * 5)
    told = {e["revision"]: e["messageType"] for e in ear.events() if e["type"] == "reaction"}
    actions = [told[number] for number in sorted(told)]
    assert actions == [("add", "remove")[place % 2] for place in range(len(actions))]
    assert sorted(told) == list(range(1, Conversation.objects.get(pk=group).revision + 1))
    assert Reaction.objects.exists() is (actions[-1] == "add")


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_edit_a_deletion_and_a_reaction_at_once_leave_it_deleted_and_bare(
    alice: User, bob: User, group: int, send: Send, ear: Ear, _round: int
) -> None:
    message_id = send(alice)
    edit = Edit(conversation_id=group, message_id=message_id, content="hello")

    def edits() -> object:
        return services.edit_message(user_id=alice.pk, edit=edit, now=NOON)

    def deletes() -> object:
        return services.delete_message(
            conversation_id=group, message_id=message_id, user_id=alice.pk, now=NOON
        )

    def tries(step: Callable[[], object]) -> Callable[[], None]:
        def tried() -> None:
            try:
                step()
            except Refused:
                assert Message.objects.get().deleted_at is not None

        return tried

    together(tries(edits), deletes, tries(reacts(group, message_id, bob, "add")), deletes)
    message = Message.objects.get()
    assert (message.content, message.reactions.count()) == ("", 0)
    revisions = sorted(event["revision"] for event in ear.events() if "revision" in event)
    assert revisions == list(range(1, Conversation.objects.get(pk=group).revision + 1))
    assert message.revision == revisions[-1]


@pytest.mark.parametrize("_round", ROUNDS)
def test_ten_who_ask_for_the_one_between_two_get_the_same(
    alice: User, bob: User, _round: int
) -> None:
    def asks(creator: User, other: User) -> Callable[[], tuple[Conversation, bool]]:
        return lambda: services.create_conversation(
            creator_id=creator.pk, participant_ids=[other.pk], title="", now=NOON
        )

    outcomes = together(*[asks(alice, bob), asks(bob, alice)] * 5)
    assert len({conversation.pk for conversation, _ in outcomes}) == 1
    assert [created for _, created in outcomes].count(True) == 1
    assert Participant.objects.count() == 2
