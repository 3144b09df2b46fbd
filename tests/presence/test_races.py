"""Races, with real threads and processes on one database."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from tests.presence.conftest import NOON, Ear, OpenTab, at
from tests.sites import environment_of, manage
from tests.together import database_url, together

ROUNDS = range(5)


def opens(user: User, process: str = "one", second: float = 0) -> Callable[[], object]:
    opening = services.Opening(user_id=user.pk, connection_id=uuid4(), process=process)
    return lambda: services.open_connection(opening, now=at(second))


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_first_tabs_at_once_are_one_transition(alice: User, ear: Ear, _round: int) -> None:
    together(*(opens(alice, process) for process in ("one", "two", "one", "two")))
    assert selectors.count_connections(user_id=alice.pk) == 4
    assert ear.hears() == [(alice.pk, "online", 1)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_closing_tabs_begin_the_grace(
    alice: User, ear: Ear, open_tab: OpenTab, _round: int
) -> None:
    tabs = [open_tab(alice) for _ in range(4)]
    together(
        *(lambda tab=tab: services.close_connection(connection_id=tab, now=at(1)) for tab in tabs)
    )
    assert services.settle_grace(now=at(60)) == [alice.pk]
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_close_crossing_an_open_keeps_her_online(
    alice: User, ear: Ear, open_tab: OpenTab, _round: int
) -> None:
    tab = open_tab(alice)
    together(
        lambda: services.close_connection(connection_id=tab, now=at(1)),
        opens(alice, "two", second=1),
    )
    presence = UserPresence.objects.get()
    assert (presence.is_connected, presence.grace_until) == (True, None)
    assert services.settle_grace(now=at(20)) == []
    assert ear.hears() == [(alice.pk, "online", 1)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_sweepers_announce_her_once(
    alice: User, bob: User, ear: Ear, open_tab: OpenTab, _round: int
) -> None:
    open_tab(alice)
    services.close_connection(connection_id=open_tab(bob, process="two"), now=at(1))
    ear.hears()
    together(*(lambda: services.sweep(now=at(100)) for _ in range(3)))
    assert services.sweep(now=at(100)).offline == []
    assert sorted(ear.hears()) == [(alice.pk, "offline", 2), (bob.pk, "offline", 2)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_sweep_crossing_a_heartbeat_is_one_or_the_other(
    alice: User, ear: Ear, _round: int
) -> None:
    UserPresence.objects.create(user=alice, status="online", last_heartbeat=NOON, last_seen=NOON)
    _, result = together(
        lambda: services.heartbeat(user_id=alice.pk, now=at(200)),
        lambda: services.sweep(now=at(200)),
    )
    assert isinstance(result, services.SweepResult)
    presence = UserPresence.objects.get()
    if result.offline:
        assert (presence.status, presence.last_seen) == ("offline", NOON)
        assert ear.hears() == [(alice.pk, "offline", 1)]
    else:
        assert (presence.status, presence.last_seen) == ("online", at(200))
        assert ear.hears() == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_sweep_crossing_a_beat_is_one_or_the_other(
    alice: User, open_tab: OpenTab, _round: int
) -> None:
    open_tab(alice)
    was_alive, result = together(
        lambda: services.beat(process="one", now=at(200)),
        lambda: services.sweep(now=at(200)),
    )
    assert isinstance(result, services.SweepResult)
    assert was_alive is False
    assert services.beat(process="one", now=at(201))
    assert selectors.is_online(alice.pk) is not bool(result.offline)
    assert selectors.count_connections(user_id=alice.pk) == 1 - len(result.offline)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_sweep_crossing_a_new_tab_of_a_stalled_process_keeps_the_tab(
    alice: User, open_tab: OpenTab, _round: int
) -> None:
    open_tab(alice)
    together(opens(alice, "one", second=200), lambda: services.sweep(now=at(200)))
    assert selectors.is_online(alice.pk)
    assert selectors.count_connections(user_id=alice.pk) in (1, 2)
    assert UserPresence.objects.get().is_connected


def test_sweeping_processes_settle_each_person_once(tmp_path: Path, transactional_db: None) -> None:
    names = (f"person-{number}" for number in range(300))
    people = User.objects.bulk_create(User(username=name) for name in names)
    tabs = [
        services.Opening(user_id=user.pk, connection_id=uuid4(), process=f"process {user.pk % 3}")
        for user in people
    ]
    services.open_connections(tabs, now=NOON)
    environment = environment_of(tmp_path, DATABASE_URL=database_url())
    said = together(*(lambda: manage(environment, "sweep_presence") for _ in range(3)))
    counts = [int(str(line).rsplit(": ", 1)[1].rstrip(".\n")) for line in said]
    assert sum(counts) == len(people)
    assert set(UserPresence.objects.values_list("status", "sequence")) == {("offline", 2)}


@pytest.mark.parametrize("_round", ROUNDS)
def test_crowds_that_come_and_go_at_once_do_not_wait_in_a_circle(
    alice: User, bob: User, open_tab: OpenTab, _round: int
) -> None:
    def come(*people: User) -> Callable[[], object]:
        tabs = [
            services.Opening(user_id=user.pk, connection_id=uuid4(), process="two")
            for user in people
        ]
        return lambda: services.open_connections(tabs, now=at(1))

    gone = [open_tab(bob), open_tab(alice)]
    carol = User.objects.create(username="carol")
    together(
        come(alice, bob, carol),
        come(carol, bob, alice),
        lambda: services.close_connections(gone, now=at(1)),
        lambda: services.close_connections(gone[::-1], now=at(1)),
    )
    connected = UserPresence.objects.filter(is_connected=True, status="online", sequence=1)
    assert connected.count() == 3


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_status_whose_time_has_come_is_ended_once(
    alice: User, bob: User, ear: Ear, open_tab: OpenTab, _round: int
) -> None:
    for person in (alice, bob):
        open_tab(person)
        services.choose_status(
            user_id=person.pk, status=PresenceStatus.BUSY, until=at(10), now=at(1)
        )
    ear.hears()
    ended = together(*(lambda: services.end_choices(now=at(10)) for _ in range(3)))
    assert sorted(pk for ids in ended for pk in ids) == [alice.pk, bob.pk]
    assert sorted(ear.hears()) == [(alice.pk, "online", 3), (bob.pk, "online", 3)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_choice_that_crosses_the_end_of_another_is_not_ended_with_it(
    alice: User, ear: Ear, open_tab: OpenTab, _round: int
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=PresenceStatus.BUSY, until=at(10), now=at(1))
    steps: list[Callable[[], object]] = [
        lambda: services.choose_status(user_id=alice.pk, status=PresenceStatus.AWAY, now=at(10)),
        lambda: services.end_choices(now=at(10)),
    ]
    together(*steps)
    assert selectors.get_choice(alice.pk, now=at(11)).status is PresenceStatus.AWAY
    # What is told after the commits may cross: the sequence says what came first.
    heard = [status for _, status, _ in sorted(ear.hears(), key=itemgetter(2))]
    assert heard in (["online", "busy", "away"], ["online", "busy", "online", "away"])


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_tab_that_opens_as_it_ends_shows_her_online_once(
    alice: User, ear: Ear, _round: int
) -> None:
    services.choose_status(user_id=alice.pk, status=PresenceStatus.BUSY, until=at(10), now=at(1))
    steps: list[Callable[[], object]] = [
        opens(alice, second=10),
        lambda: services.end_choices(now=at(10)),
    ]
    together(*steps)
    assert ear.hears() == [(alice.pk, "online", 1)]
