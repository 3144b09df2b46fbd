"""The locks under which the changes of a conversation happen one after another."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.locks import StillHeld, lock_ids, may_wait
from conversations.models import Conversation, Participant
from conversations.selectors import REMOVAL_LOCK, require_participant

PEOPLE_LOCK = 0x6E616D6573
"""The advisory lock on people's names. Any number will do."""


def hold_place(*, conversation_id: int, user_id: int) -> Participant:
    """Lock the conversation, and then check whether the user is in it. Until the transaction ends,
    nobody joins or leaves, and neither its sequence nor its revision rises.

    Raises ``Refused`` (not_a_participant)."""
    hold_conversation(conversation_id)
    return require_participant(conversation_id=conversation_id, user_id=user_id)


def hold_conversation(conversation_id: int) -> None:
    """Lock the conversation."""
    list(held(Conversation.objects.filter(pk=conversation_id)).values_list("pk"))


def held(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The conversations, each locked as it is read.

    The lock leaves their keys free, since these never change, so rows that refer to them can be
    written meanwhile. Otherwise PostgreSQL, which checks such references, would wait for a
    transaction that may be waiting for one of these rows. Work that may not wait raises an error
    that ``is_held``."""
    return conversations.select_for_update(no_key=True, nowait=not may_wait())


def hold_removal_of(user_id: int) -> None:
    """Make ``wait_for_removals`` wait until the transaction ends. Work that may not wait raises an
    error that ``is_held``."""
    if not lock_ids(REMOVAL_LOCK, {user_id}):
        raise StillHeld("somebody reads which conversations the person has")


def hold_as_admin(*, conversation_id: int, user_id: int) -> Participant:
    """``hold_place`` for a person who may change the conversation itself.

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
    """If no admin is left, because they left or their account was deleted, make the person one who
    has been in longest. Returns whether that was so. Lock the conversation first."""
    places = Participant.objects.filter(conversation_id=conversation_id)
    if places.filter(is_admin=True).exists():
        return False
    heir = places.order_by("joined_at", "pk").first()
    if heir is not None:
        heir.is_admin = True
        heir.save(update_fields=["is_admin"])
    return heir is not None


def hold_people() -> None:
    """Lock all names until the transaction ends, so that versions become visible in the order in
    which they rise: a reader that sees one sees all below it. On other databases than PostgreSQL
    only one transaction writes at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PEOPLE_LOCK])
