"""The sweep: who is settled, when, and how often it is told."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import PresenceConnection, PresenceLease, UserPresence
from tests.presence.conftest import NOON, Ear, OpenTab, at


def test_a_killed_process_leaves_her_offline_when_it_was_last_heard(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.beat(process="one", now=at(10))
    assert services.sweep(now=at(45)).offline == []
    result = services.sweep(now=at(46))
    assert result == services.SweepResult(connections=1, offline=[alice.pk])
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]
    assert selectors.get_last_seen(alice.pk) == at(10)
    assert not PresenceLease.objects.exists()


def test_what_she_has_elsewhere_keeps_her(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    open_tab(alice, process="two", is_idle=True)
    services.beat(process="two", now=at(40))
    result = services.sweep(now=at(41))
    assert result == services.SweepResult(connections=1, offline=[])
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "away", 2)]


def test_two_killed_processes_count_the_later_beat(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    open_tab(alice, process="two")
    services.beat(process="two", now=at(5))
    assert services.sweep(now=at(100)).offline == [alice.pk]
    assert selectors.get_last_seen(alice.pk) == at(5)


def test_a_crash_during_the_grace_still_ends_offline(alice: User, open_tab: OpenTab) -> None:
    services.close_connection(connection_id=open_tab(alice), now=at(3))
    assert services.sweep(now=at(60)).offline == [alice.pk]
    assert selectors.get_last_seen(alice.pk) == at(3)


def test_a_row_without_connection_or_heartbeat_is_settled(alice: User, ear: Ear) -> None:
    UserPresence.objects.create(
        user=alice, status=PresenceStatus.BUSY, last_heartbeat=NOON, last_seen=NOON
    )
    assert services.sweep(now=at(120)).offline == []
    assert services.sweep(now=at(121)).offline == [alice.pk]
    assert ear.hears() == [(alice.pk, "offline", 1)]


def test_a_dry_run_says_the_same_and_does_nothing(
    alice: User, bob: User, ear: Ear, open_tab: OpenTab
) -> None:
    carol = User.objects.create(username="carol")
    open_tab(alice)
    open_tab(alice, process="two")
    open_tab(bob)
    services.close_connection(connection_id=open_tab(carol, process="two"), now=at(1))
    services.beat(process="two", now=at(60))
    ear.hears()
    forecast = services.sweep(now=at(61), dry_run=True)
    assert forecast == services.SweepResult(connections=2, offline=[bob.pk, carol.pk])
    assert ear.hears() == []
    assert PresenceConnection.objects.count() == 3
    assert services.sweep(now=at(61)) == forecast


def test_batches_settle_everybody_with_one_publish_each(
    ear: Ear, open_tab: OpenTab, alice: User
) -> None:
    people = [alice, *(User.objects.create(username=f"person-{i}") for i in range(6))]
    for person in people:
        open_tab(person)
    ear.publishes()
    result = services.sweep(now=at(60), batch_size=3)
    assert sorted(result.offline) == [person.pk for person in people]
    assert [len(events) for events in ear.publishes()] == [3, 3, 1]


def test_graces_end_in_batches_too(ear: Ear, open_tab: OpenTab, alice: User, bob: User) -> None:
    for person in (alice, bob):
        services.close_connection(connection_id=open_tab(person), now=at(1))
    ear.publishes()
    assert len(services.settle_grace(now=at(60), batch_size=1)) == 2
    assert [len(events) for events in ear.publishes()] == [1, 1]


def test_a_connection_of_somebody_without_presence_is_dropped(alice: User) -> None:
    services.beat(process="one", now=NOON)
    PresenceConnection.objects.create(id=uuid4(), user=alice, lease_id="one", connected_at=NOON)
    assert services.sweep(now=at(60)) == services.SweepResult(connections=1, offline=[])


def _is_due(now: datetime) -> bool:
    """Whether process ``two``, which beats, would find anything."""
    services.beat(process="two", now=now)
    return services.is_sweep_due(process="two", now=now)


def test_a_sweep_is_due_once_a_lease_has_run_out(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    assert not _is_due(at(35))
    assert _is_due(at(36))
    services.sweep(now=at(36))
    assert not _is_due(at(37))


def test_a_sweep_is_due_once_a_grace_is_over(alice: User, open_tab: OpenTab) -> None:
    services.close_connection(connection_id=open_tab(alice, process="two"), now=at(1))
    assert not _is_due(at(10))
    assert _is_due(at(11))
    services.sweep(now=at(11))
    assert not _is_due(at(12))


def test_a_sweep_is_due_once_nothing_vouches_for_somebody(alice: User) -> None:
    services.update_presence(user_id=alice.pk, status=PresenceStatus.BUSY, now=NOON)
    assert not _is_due(at(120))
    assert _is_due(at(121))


def test_a_sweep_is_due_once_a_choice_is_over(alice: User) -> None:
    services.choose_status(user_id=alice.pk, status=PresenceStatus.BUSY, until=at(30), now=NOON)
    assert not _is_due(at(29))
    assert _is_due(at(30))


def test_who_lost_their_lease_beats_first(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    assert not services.is_sweep_due(process="three", now=at(100))


def test_to_look_whether_a_sweep_is_due_is_one_read(
    alice: User, open_tab: OpenTab, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    open_tab(alice, process="two")
    with django_assert_num_queries(1) as asked:
        assert not services.is_sweep_due(process="two", now=at(1))
    assert "FOR UPDATE" not in asked.captured_queries[0]["sql"]
