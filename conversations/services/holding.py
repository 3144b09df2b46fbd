"""The lock under which everything in a conversation happens one after another."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.locks import StillHeld, lock_ids, may_wait
from conversations.models import Conversation, Participant
from conversations.selectors import REMOVAL_LOCK, require_participant

PEOPLE_LOCK = 0x6E616D6573
"""The advisory lock on what people are called. Any number will do."""


def hold_place(*, conversation_id: int, user_id: int) -> Participant:
    """Lock the conversation, and then look whether the user is in it: nobody comes or goes, and
    neither sequence nor revision rises, until the transaction ends.

    Raises ``Refused`` (not_a_participant)."""
    hold_conversation(conversation_id)
    return require_participant(conversation_id=conversation_id, user_id=user_id)


def hold_conversation(conversation_id: int) -> None:
    """``hold_place``, of nobody."""
    list(held(Conversation.objects.filter(pk=conversation_id)).values_list("pk"))


def held(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The conversations, each locked as it is read.

    Their keys never change, so rows that refer to them may be written meanwhile: PostgreSQL looks
    at the end of such a transaction whether the conversation is still there, and would otherwise
    wait for somebody who may wait for one of its rows. Work that may not wait raises an error that
    ``is_held``."""
    return conversations.select_for_update(no_key=True, nowait=not may_wait())


def hold_removal_of(user_id: int) -> None:
    """Let ``wait_for_removals`` wait until the transaction ends. Work that may not wait raises an
    error that ``is_held``."""
    if not lock_ids(REMOVAL_LOCK, {user_id}):
        raise StillHeld("somebody reads which conversations the person has")


def hold_as_admin(*, conversation_id: int, user_id: int) -> Participant:
    """``hold_place``, of somebody who may change the conversation itself.

    Raises ``Refused`` (not_a_participant, not_allowed)."""
    place = hold_place(conversation_id=conversation_id, user_id=user_id)
    if place.conversation.is_direct:
        raise Refused(ErrorCode.NOT_ALLOWED, "A direct conversation stays as it is.")
    if keep_an_admin(conversation_id):
        place.refresh_from_db(fields=["is_admin"])
    if not place.may_administer:
        raise Refused(ErrorCode.NOT_ALLOWED)
    return place


def keep_an_admin(conversation_id: int) -> bool:
    """Where no admin is left, because they left or their account is deleted, whoever has been in
    longest is one from now on. Whether that was so. Hold the conversation."""
    places = Participant.objects.filter(conversation_id=conversation_id)
    if places.filter(is_admin=True).exists():
        return False
    heir = places.order_by("joined_at", "pk").first()
    if heir is not None:
        heir.is_admin = True
        heir.save(update_fields=["is_admin"])
    return heir is not None


def hold_people() -> None:
    """Let changes of names happen one after another, until the transaction ends, so that their
    versions are seen in the order in which they rise: who has seen one has seen those below it.
    Elsewhere than on PostgreSQL there is one that writes at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PEOPLE_LOCK])
