"""Messages that overtook each other, put back in order."""

from __future__ import annotations

from typing import Any

import pytest

from chatsite.realtime.ordering import PATIENCE, InOrder

ROOM, OTHER_ROOM = "conversation.12", "conversation.13"

TYPING = {"type": "typing", "senderId": 1, "isTyping": True}
EDIT = {"type": "message", "sequence": 1, "revision": 7}
CAUGHT_UP = {"type": "message", "sequence": 40, "isCatchup": True}


def message(sequence: int) -> dict[str, Any]:
    return {"type": "message", "sequence": sequence}


def passed(
    order: InOrder, *events: dict[str, Any], group: str = ROOM, now: float = 0.0
) -> list[dict[str, Any]]:
    """What goes out when the events are taken one after the other."""
    return [
        event
        for taken in events
        for batch in order.take(group, [taken], now=now)
        for event in batch
    ]


@pytest.mark.parametrize(
    ("arriving", "leaving"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([57, 58], [57, 58]),
        ([1, 3, 2, 4], [1, 2, 3, 4]),
        ([1, 4, 3, 2], [1, 2, 3, 4]),
        ([1, 3, 5, 2, 4], [1, 2, 3, 4, 5]),
        ([5, 4, 6], [5, 4, 6]),
        ([1, 1, 2], [1, 1, 2]),
        ([1, 3], [1]),
    ],
)
def test_messages_leave_by_their_sequences(arriving: list[int], leaving: list[int]) -> None:
    order = InOrder()
    assert passed(order, *map(message, arriving)) == [message(number) for number in leaving]


def test_what_never_comes_is_waited_for_only_so_long() -> None:
    order = InOrder()
    assert passed(order, message(1), message(4), message(3)) == [message(1)]
    assert order.next_due == PATIENCE
    assert list(order.overdue(now=PATIENCE / 2)) == []
    assert list(order.overdue(now=PATIENCE)) == [(ROOM, [message(3)]), (ROOM, [message(4)])]
    assert passed(order, message(5)) == [message(5)]


def test_who_types_after_a_message_that_waits_does_not_overtake_it() -> None:
    order = InOrder()
    assert passed(order, message(1), message(3), TYPING) == [message(1)]
    assert passed(order, message(2)) == [message(2), message(3), TYPING]


@pytest.mark.parametrize("event", [TYPING, EDIT, CAUGHT_UP])
def test_what_is_no_new_message_waits_for_nobody_and_is_waited_for_by_nobody(
    event: dict[str, Any],
) -> None:
    order = InOrder()
    assert passed(order, message(1), event, message(2)) == [message(1), event, message(2)]


def test_a_publish_of_several_messages_stays_whole() -> None:
    order = InOrder()
    passed(order, message(1))
    assert list(order.take(ROOM, [message(3), message(4)], now=0.0)) == []
    two = list(order.take(ROOM, [message(2)], now=0.0))
    assert two == [[message(2)], [message(3), message(4)]]


def test_groups_do_not_wait_for_each_other_and_a_group_that_was_left_is_forgotten() -> None:
    order = InOrder()
    assert passed(order, message(1), message(3)) == [message(1)]
    assert passed(order, message(9), group=OTHER_ROOM) == [message(9)]
    order.forget(ROOM)
    assert order.next_due is None
    assert passed(order, message(8)) == [message(8)]
