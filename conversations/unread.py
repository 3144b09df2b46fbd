"""How many messages somebody has yet to read: derived from what is stored, never counted up."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least

from conversations.models import Message, Participant

SEQUENCE = BigIntegerField()

UNTIL_READ = Greatest(
    Least(
        F("read_sequence"),
        Coalesce(F("unread_from") - 1, F("read_sequence"), output_field=SEQUENCE),
        output_field=SEQUENCE,
    ),
    Case(
        When(conversation__history_visible=True, then=Value(0)),
        default=F("joined_sequence"),
        output_field=SEQUENCE,
    ),
    output_field=SEQUENCE,
)
"""The SQL of ``Participant.read_until``."""


def with_unread(places: QuerySet[Participant]) -> QuerySet[Any]:
    """The places, each with ``unread``: how many messages after ``read_until`` are of others and
    not deleted.

    One statement, whatever the number of places. Sequences have no gap, so what lies above the
    mark is a subtraction; only the messages to be left out are looked up, each kind by an index
    that holds no others, and only where something lies above the mark.
    """
    above = Message.objects.filter(
        conversation=OuterRef("conversation"), sequence__gt=OuterRef("until_read")
    )
    # Those that were deleted among them too: so the index alone tells how many there are.
    own = above.filter(sender=OuterRef("user"))
    deleted = above.filter(deleted_at__isnull=False).exclude(sender=OuterRef("user"))
    has_news = Q(conversation__sequence__gt=F("until_read"))
    return places.annotate(until_read=UNTIL_READ).annotate(
        unread=_where(has_news, F("conversation__sequence") - F("until_read"))
        - _where(has_news, _count(deleted))
        - _where(has_news, _count(own))
    )


def _where(condition: Q, value: Any) -> Case:
    return Case(When(condition, then=value), default=Value(0), output_field=SEQUENCE)


def _count(messages: QuerySet[Message]) -> Any:
    counted = messages.order_by().values("conversation").annotate(count=Count("*"))
    return Coalesce(Subquery(counted.values("count")), Value(0), output_field=SEQUENCE)
