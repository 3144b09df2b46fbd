"""Who is in a conversation. Their live connections follow at once, in every process.

A message that is sent after somebody was removed must not reach them, though another process
published it. So it is said that they left while the conversation is held, before the commit, and
in the group in which messages are told: what is sent after it is told after it. It is said to the
person too, behind it that they joined, which a process may still be about to obey.
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
    """The user's place in the conversation, from now on, and whether it is new. Hold the
    conversation."""
    return Participant.objects.get_or_create(
        conversation=conversation,
        user_id=user_id,
        defaults={
            "joined_at": now,
            "joined_sequence": conversation.sequence,
            "read_sequence": conversation.sequence,
            "delivered_sequence": conversation.sequence,
            # Who comes again has no mark, and that is later than what was known of one before.
            "unread_at": now,
        },
    )


@transaction.atomic
def remove_participant(*, conversation_id: int, actor_id: int, user_id: int) -> None:
    """Leave, or (an admin) remove somebody: nothing of it reaches them any more. That somebody left
    by themselves is remembered."""
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
    """Make somebody an admin of a group, or no longer. One there always is."""
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
    """The place of whom somebody named who is in it: not they are missing, if it is not there."""
    try:
        return require_participant(conversation_id=conversation_id, user_id=user_id)
    except Refused as refused:
        sentence = "This person is not in the conversation."
        raise Refused(refused.code, sentence, reason=Reason.PERSON_NOT_IN) from None


def let_in(conversation_id: int, places: Collection[Participant]) -> None:
    """Tell those who were there, join the live connections of those who were let in, and then
    tell these: in their own group, since a process may not hear the conversation's yet."""
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
    """An account is about to be deleted: after, keep an admin in its groups, and tell those who
    share conversations with it."""
    places = Participant.objects.filter(user_id=user_id)
    for conversation_id in places.values_list("conversation_id", flat=True):
        transaction.on_commit(partial(_settle_deletion, conversation_id), robust=True)


@transaction.atomic
def _settle_deletion(conversation_id: int) -> None:
    hold_conversation(conversation_id)
    keep_an_admin(conversation_id)
    _tell_shrunk(conversation_id)


def _tell_shrunk(conversation_id: int, *first: ChatStreamMessage) -> None:
    """Tell those who are left. If only now they are few enough, they are told who is there."""
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
    """Let the live connections know from where on each may see. What is hidden now is so before
    the next change of it is told."""
    hidden = {
        place.user_id: place.hidden_until
        for place in conversation.participants.select_related("conversation")
        if place.hidden_until
    }
    changed = HistoryChanged(conversation_id=conversation.pk, hidden_until=hidden)
    group = conversation_group(conversation.pk)
    if not conversation.history_visible:
        signal_before([group], changed)
    # Who came in the meantime has read how it was before.
    signal(group, changed)


def _tell_size(conversation_id: int) -> None:
    size = Participant.objects.filter(conversation_id=conversation_id).count()
    resized = Resized(conversation_id=conversation_id, participants=size)
    signal(conversation_group(conversation_id), resized)
