"""Who is in a conversation. Live connections follow every change at once, in every process.

A message that is sent after a removal must not reach the removed person, whichever process
publishes it. A removal therefore takes these steps:

1. Lock the conversation. Sending a message takes the same lock, so none is stored meanwhile.
2. Delete the participant's row.
3. Before the commit, publish ``Left`` to the conversation's group, in which messages are published
   too. Every process receives it before any message that is stored after the removal, and takes
   the person's connections out of the group. If it can't be published, the removal is refused.
4. Publish ``Left`` to the person's own group as well, behind a ``Joined`` that a process may not
   have handled yet. Each carries the id of the participant's row, which tells one that is late.
5. Commit, and then announce the change to the person and to those who are left.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction

from chatsite.realtime.controls import HistoryChanged, Joined, Left, Resized
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import ChatStreamMessage, PresenceStatus
from conversations.models import Conversation, Departure, Participant
from conversations.outbound import conversation_event, typing_event
from conversations.selectors import has_presence, require_participant
from conversations.services.holding import (
    hold_as_admin,
    hold_conversation,
    hold_place,
    hold_removal_of,
    keep_an_admin,
)
from conversations.services.telling import signal, signal_before, tell
from presence.models import UserPresence
from presence.outbound import presence_event


def enter(conversation: Conversation, *, user_id: int, now: datetime) -> tuple[Participant, bool]:
    """The user's place in the conversation, and whether it is new. Lock the conversation first."""
    return Participant.objects.get_or_create(
        conversation=conversation,
        user_id=user_id,
        defaults={
            "joined_at": now,
            "joined_sequence": conversation.sequence,
            "read_sequence": conversation.sequence,
            "delivered_sequence": conversation.sequence,
            # Somebody who comes back has no mark, and this is later than any change of an old one.
            "unread_at": now,
        },
    )


@transaction.atomic
def remove_participant(*, conversation_id: int, actor_id: int, user_id: int) -> None:
    """Leave, or as an admin remove somebody, in the steps above. A person who left by themselves
    is invited, rather than added, if somebody wants them back.

    Raises ``Refused``: not_a_participant, not_allowed, unavailable."""
    place = hold_place(conversation_id=conversation_id, user_id=actor_id)
    if place.conversation.is_direct:
        raise Refused(ErrorCode.NOT_ALLOWED, "Nobody leaves a direct conversation.")
    if actor_id != user_id and not place.may_administer:
        raise Refused(ErrorCode.NOT_ALLOWED)
    gone = _place_of_named(conversation_id=conversation_id, user_id=user_id)
    left = Left(conversation_id=conversation_id, user_id=user_id, place_id=gone.pk)
    hold_removal_of(user_id)
    gone.delete()
    if actor_id == user_id:
        Departure.objects.get_or_create(conversation_id=conversation_id, user_id=user_id)
    keep_an_admin(conversation_id)
    changed = conversation_event(conversation_id)
    stopped = typing_event(
        conversation_id=conversation_id, sender_id=user_id, sender_name="", activity=None
    )
    tell(user_group(user_id), changed)
    _tell_shrunk(conversation_id, stopped)
    signal_before((conversation_group(conversation_id), user_group(user_id)), left)


@transaction.atomic
def set_admin(*, conversation_id: int, actor_id: int, user_id: int, is_admin: bool) -> None:
    """Make somebody an admin of a group, or take that back. The last admin stays one."""
    hold_as_admin(conversation_id=conversation_id, user_id=actor_id)
    place = _place_of_named(conversation_id=conversation_id, user_id=user_id)
    if place.is_admin == is_admin:
        return
    admins = Participant.objects.filter(conversation_id=conversation_id, is_admin=True)
    if not is_admin and admins.count() == 1:
        raise Refused(ErrorCode.NOT_ALLOWED, "A group needs an admin.", reason=Reason.LAST_ADMIN)
    place.is_admin = is_admin
    place.save(update_fields=["is_admin"])
    tell(conversation_group(conversation_id), conversation_event(conversation_id))


def _place_of_named(*, conversation_id: int, user_id: int) -> Participant:
    """The place of the person whom the actor named. If there is none, the sentence is about that
    person rather than the actor."""
    try:
        return require_participant(conversation_id=conversation_id, user_id=user_id)
    except Refused as refused:
        sentence = "This person is not in the conversation."
        raise Refused(refused.code, sentence, reason=Reason.PERSON_NOT_IN) from None


def let_in(conversation_id: int, places: Collection[Participant]) -> None:
    """Announce newcomers: to those who were there, to the newcomers' live connections, which join
    the conversation's group, and then to the newcomers. These are told in their own groups, since a
    process may not have joined the conversation's group yet."""
    changed = conversation_event(conversation_id)
    newcomers = {place.user_id for place in places}
    others = Participant.objects.filter(conversation_id=conversation_id)
    size = others.count()
    everybody = _presences(conversation_id) if has_presence(size) else []
    if others.exclude(user_id__in=newcomers).exists():
        new = [event for event in everybody if event.sender_id in newcomers]
        tell(conversation_group(conversation_id), changed, *new)
    for place in places:
        joined = Joined(
            conversation_id=conversation_id,
            place_id=place.pk,
            participants=size,
            hidden_until=place.hidden_until,
        )
        signal(user_group(place.user_id), joined)
        tell(user_group(place.user_id), changed, *everybody)
    _tell_size(conversation_id)


def tell_deletion(*, user_id: int) -> None:
    """Prepare for the deletion of an account: after it, its groups keep an admin, and those who
    shared conversations with it are told."""
    places = Participant.objects.filter(user_id=user_id)
    for conversation_id in places.values_list("conversation_id", flat=True):
        transaction.on_commit(partial(_settle_deletion, conversation_id), robust=True)


@transaction.atomic
def _settle_deletion(conversation_id: int) -> None:
    hold_conversation(conversation_id)
    keep_an_admin(conversation_id)
    _tell_shrunk(conversation_id)


def _tell_shrunk(conversation_id: int, *first: ChatStreamMessage) -> None:
    """Announce the change to those who are left. If they have just become few enough for presence,
    they are also told who is there."""
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    is_told_anew = has_presence(size) and not has_presence(size + 1)
    present = _presences(conversation_id) if is_told_anew else []
    changed = conversation_event(conversation_id)
    tell(conversation_group(conversation_id), *first, changed, *present)
    _tell_size(conversation_id)


def _presences(conversation_id: int) -> list[ChatStreamMessage]:
    people = Participant.objects.filter(conversation_id=conversation_id).values("user_id")
    present = UserPresence.objects.filter(user_id__in=people)
    return [presence_event(row) for row in present.exclude(status=PresenceStatus.OFFLINE)]


def tell_history(conversation: Conversation) -> None:
    """Tell the live connections from where on each may see the conversation. If history becomes
    hidden, they are told before the commit, and so before the next change of an old message."""
    hidden = {
        place.user_id: place.hidden_until
        for place in conversation.participants.select_related("conversation")
        if place.hidden_until
    }
    changed = HistoryChanged(conversation_id=conversation.pk, hidden_until=hidden)
    group = conversation_group(conversation.pk)
    if not conversation.history_visible:
        signal_before([group], changed)
    # Again, since a connection that joined meanwhile has read the state before the commit.
    signal(group, changed)


def _tell_size(conversation_id: int) -> None:
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    resized = Resized(conversation_id=conversation_id, participants=size)
    signal(conversation_group(conversation_id), resized)
