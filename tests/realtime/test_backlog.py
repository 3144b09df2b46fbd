"""Who has to go when too much waits for readers."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from chatsite.realtime.backlog import Backlog, weight_of
from chatsite.realtime.frames import Item, item_of

WEIGHT = weight_of(item_of({"type": "message", "sequence": 1}))


class Slow:
    """A connection that does not read."""

    def __init__(self, backlog: Backlog, user_id: int) -> None:
        self.user_id = user_id
        self.is_closed = False
        self._backlog = backlog
        self._items: list[Item] = []

    def gets(self, *items: Item) -> None:
        self._items += items
        self._backlog.add(self, items)
        self._backlog.relieve(self)

    def gets_new(self, count: int) -> None:
        self.gets(*(item_of({"type": "message", "sequence": 1}) for _ in range(count)))

    def reads(self) -> None:
        self._backlog.remove(self, self._items)
        self._items = []

    def give_up(self) -> None:
        self.is_closed = True
        self.reads()


@pytest.fixture
def backlog(settings: Settings) -> Backlog:
    """Room for 4 events of a connection, 6 of a person and 10 of all."""
    settings.STREAM_OUTBOX_BYTES = 4 * WEIGHT
    settings.STREAM_OUTBOX_BYTES_PER_USER = 6 * WEIGHT
    settings.STREAM_OUTBOX_BYTES_PER_PROCESS = 10 * WEIGHT
    return Backlog()


def test_a_connection_has_its_bound(backlog: Backlog) -> None:
    one = Slow(backlog, 1)
    one.gets_new(4)
    assert not one.is_closed
    one.gets_new(1)
    assert one.is_closed


def test_what_was_read_waits_no_longer(backlog: Backlog) -> None:
    one = Slow(backlog, 1)
    for _ in range(20):
        one.gets_new(4)
        one.reads()
    assert not one.is_closed


def test_of_a_person_the_heaviest_connection_goes(backlog: Backlog) -> None:
    light, heavy, last = (Slow(backlog, 1) for _ in range(3))
    light.gets_new(1)
    heavy.gets_new(4)
    last.gets_new(2)
    assert (light.is_closed, heavy.is_closed, last.is_closed) == (False, True, False)


def test_of_a_process_one_of_the_heaviest_person_goes(backlog: Backlog) -> None:
    alices = [Slow(backlog, 1) for _ in range(2)]
    for one, count in zip(alices, (2, 4), strict=True):
        one.gets_new(count)
    bobs, carols = Slow(backlog, 2), Slow(backlog, 3)
    bobs.gets_new(4)
    assert not alices[1].is_closed
    carols.gets_new(1)
    assert [one.is_closed for one in (*alices, bobs, carols)] == [False, True, False, False]


def test_an_event_that_waits_for_many_counts_once_for_the_process(backlog: Backlog) -> None:
    everybody = [Slow(backlog, number) for number in range(100)]
    events = [item_of({"type": "message", "sequence": number}) for number in range(4)]
    for one in everybody:
        one.gets(*events)
    assert not any(one.is_closed for one in everybody)
    for one in everybody[1:]:
        one.reads()
    Slow(backlog, 200).gets_new(4)
    assert not everybody[0].is_closed
