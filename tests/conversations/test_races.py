"""Races, with real threads on one database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from msgspec import structs

from chatsite.realtime.errors import Refused
from chatsite.realtime.locks import Held
from chatsite.realtime.wire import ChatMessageType
from conversations import services
from conversations.inbound import Edit
from conversations.models import Conversation, Media, Message, Participant, Reaction
from conversations.policy import url_of_media
from conversations.selectors import conversation_states_of
from tests.conversations.conftest import NOON, Send, draft
from tests.ears import Ear
from tests.together import together

ROUNDS = range(3)


def reacts(
    group: int, message_id: int, user: User, action: str, emoji: str = "👍"
) -> Callable[[], None]:
    """The step that adds or removes the user's emoji."""

    def step() -> None:
        services.react(
            conversation_id=group,
            message_id=message_id,
            user_id=user.pk,
            emoji=emoji,
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
def test_however_many_emoji_at_once_a_person_has_twenty_at_most(
    alice: User, bob: User, group: int, send: Send, _round: int
) -> None:
    message_id = send(alice)
    flags = [f"🇦{chr(ord('🇦') + number)}" for number in range(24)]
    for emoji in flags[:18]:
        reacts(group, message_id, bob, "add", emoji)()

    def tries(emoji: str) -> Callable[[], None]:
        def tried() -> None:
            with suppress(Refused):
                reacts(group, message_id, bob, "add", emoji)()

        return tried

    together(*[tries(emoji) for emoji in flags[18:]])
    assert Reaction.objects.filter(user=bob).count() == 20


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


@pytest.mark.parametrize("_round", ROUNDS)
def test_that_somebody_left_is_told_before_what_is_sent_after_it(
    alice: User, carol: User, group: int, send: Send, ear: Ear, _round: int
) -> None:
    def removes() -> int:
        """Where it stood when she was removed: nothing is sent until the transaction ends."""
        with transaction.atomic():
            services.remove_participant(conversation_id=group, actor_id=alice.pk, user_id=carol.pk)
            return Conversation.objects.get(pk=group).sequence

    [stood, *_] = together(removes, *[lambda: send(alice)] * 8)
    told = ear.messages()
    left = next(
        place
        for place, one in enumerate(told)
        if one.get("control", {}).get("type") == "stream.left"
    )
    before = [event["sequence"] for one in told[:left] for event in one["events"]]
    assert all(sequence <= stood for sequence in before)


@pytest.mark.parametrize("_round", ROUNDS)
def test_what_is_said_by_who_is_being_removed_is_said_before_or_not_at_all(
    alice: User, carol: User, group: int, send: Send, ear: Ear, _round: int
) -> None:
    def says() -> bool:
        try:
            send(carol)
        except Refused:
            return False
        return True

    def removes() -> bool:
        services.remove_participant(conversation_id=group, actor_id=alice.pk, user_id=carol.pk)
        return True

    said, _ = together(says, removes)
    assert Message.objects.exists() is said
    assert not says()


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_admins_who_demote_each_other_leave_one(
    alice: User, bob: User, group: int, _round: int
) -> None:
    services.set_admin(conversation_id=group, actor_id=alice.pk, user_id=bob.pk, is_admin=True)

    def demotes(actor: User, other: User) -> Callable[[], None]:
        def step() -> None:
            with suppress(Refused):
                services.set_admin(
                    conversation_id=group, actor_id=actor.pk, user_id=other.pk, is_admin=False
                )

        return step

    together(demotes(alice, bob), demotes(bob, alice))
    assert Participant.objects.filter(is_admin=True).count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_all_who_leave_at_once_leave_an_admin_to_the_last(
    alice: User, bob: User, carol: User, group: int, _round: int
) -> None:
    def leaves(user: User) -> Callable[[], None]:
        return lambda: services.remove_participant(
            conversation_id=group, actor_id=user.pk, user_id=user.pk
        )

    together(leaves(alice), leaves(bob))
    [place] = Participant.objects.all()
    assert (place.user_id, place.is_admin) == (carol.pk, True)


def test_where_no_admin_is_left_since_the_account_is_deleted_the_next_one_is(
    alice: User, bob: User, carol: User, group: int
) -> None:
    alice.delete()
    with pytest.raises(Refused):
        services.change_conversation(
            conversation_id=group, actor_id=carol.pk, title="Mine", history_visible=None
        )
    services.change_conversation(
        conversation_id=group, actor_id=bob.pk, title="The plan", history_visible=None
    )
    assert Conversation.objects.get(pk=group).title == "The plan"


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_upload_that_is_sent_while_it_is_swept_stays_or_is_refused(
    alice: User, group: int, _round: int
) -> None:
    file = ContentFile(b"the plan", name="plan.txt")
    media = services.keep_upload(uploader_id=alice.pk, file=file, claimed_type="", now=NOON)
    wanted = structs.replace(draft(group, ""), media_url=url_of_media(media.pk))

    def send() -> bool:
        with suppress(Refused):
            services.send_message(sender_id=alice.pk, draft=wanted, ends_typing=False, now=NOON)
        return Message.objects.filter(media=media.pk).exists()

    def sweep() -> bool:
        return services.sweep_media(now=NOON + timedelta(days=2)).uploads > 0

    is_sent, *is_swept = together(send, sweep, sweep)
    assert [is_sent, *is_swept].count(True) == 1
    path = str(media.file.name)
    assert Media.objects.exists() is media.file.storage.exists(path) is is_sent


@pytest.mark.parametrize("_round", ROUNDS)
def test_marks_of_many_conversations_and_messages_in_them_at_once_wait_in_no_circle(
    alice: User, bob: User, _round: int
) -> None:
    rooms = [
        services.create_conversation(
            creator_id=alice.pk, participant_ids=[bob.pk], title=f"{number}", now=NOON
        )[0].pk
        for number in range(20)
    ]

    def says(user: User, order: list[int]) -> list[services.Sent | Refused | Held]:
        return services.send_messages(
            [
                services.Sending(sender_id=user.pk, draft=draft(pk), ends_typing=False, now=NOON)
                for pk in order
            ]
        )

    markings = [
        services.Marking(conversation_id=pk, message_id=sent.message.message_id or 0, is_read=True)
        for pk, sent in zip(rooms, says(alice, rooms), strict=True)
        if isinstance(sent, services.Sent)
    ]

    def marks(order: list[services.Marking]) -> None:
        refused = services.mark_all(user_id=bob.pk, markings=order, now=NOON)
        assert refused == {}

    together(
        lambda: marks(markings),
        lambda: marks(markings[::-1]),
        lambda: says(bob, rooms[::-1]),
        lambda: marks(markings),
    )
    # What he sent before he had read hers is above his mark.
    read = Participant.objects.filter(user=bob, read_sequence__gte=1, shown_read_sequence__gte=1)
    assert read.count() == len(rooms)
    assert {state.unread for state in conversation_states_of([bob.pk])[bob.pk]} == {0}


@pytest.mark.parametrize("_round", ROUNDS)
def test_to_read_on_from_a_mark_and_to_answer_at_once_do_not_wait_in_a_circle(
    alice: User, bob: User, group: int, send: Send, _round: int
) -> None:
    message_id = send(bob)
    where = {"conversation_id": group, "message_id": message_id, "user_id": alice.pk}

    def reads() -> None:
        services.mark(kind=ChatMessageType.READ, now=NOON, **where)

    reads()
    for _ in range(5):
        services.mark_unread(now=NOON, **where)
        together(reads, lambda: send(alice))
    assert {state.unread for state in conversation_states_of([alice.pk])[alice.pk]} == {0}
