"""Coming, going, choosing: what the services store and what is heard of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries, Settings

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import PresenceConnection, PresenceLease, UserPresence
from tests.presence.conftest import NOON, Ear, OpenTab, at

OFFLINE, ONLINE, AWAY, BUSY = (
    PresenceStatus.OFFLINE,
    PresenceStatus.ONLINE,
    PresenceStatus.AWAY,
    PresenceStatus.BUSY,
)


def test_the_first_ever_tab_shows_her_online(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    assert selectors.is_online(alice.pk)
    assert selectors.count_connections(user_id=alice.pk) == 1
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_a_second_tab_says_nothing_new(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    open_tab(alice, now=at(1))
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_opening_the_same_connection_twice_is_one(alice: User, ear: Ear) -> None:
    opening = services.Opening(user_id=alice.pk, connection_id=uuid4(), process="one")
    for second in (0, 1):
        services.open_connection(opening, now=at(second))
    assert selectors.count_connections(user_id=alice.pk) == 1
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_closing_one_of_two_tabs_keeps_her_online(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    first = open_tab(alice)
    open_tab(alice)
    services.close_connection(connection_id=first, now=at(1))
    assert services.settle_grace(now=at(60)) == []
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_the_last_tab_closed_is_offline_only_after_the_grace(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(100))
    assert services.settle_grace(now=at(109)) == []
    assert ear.hears() == [(alice.pk, "online", 1)]
    assert services.settle_grace(now=at(110)) == [alice.pk]
    assert services.settle_grace(now=at(111)) == []
    assert ear.hears() == [(alice.pk, "offline", 2)]
    assert selectors.get_last_seen(alice.pk) == at(100)


def test_a_reload_shows_nothing(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(1))
    open_tab(alice, now=at(3))
    assert services.settle_grace(now=at(60)) == []
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_closing_what_is_not_known_changes_nothing(alice: User, ear: Ear) -> None:
    services.close_connection(connection_id=uuid4(), now=NOON)
    services.set_idle(connection_id=uuid4(), is_idle=True, now=NOON)
    assert selectors.get_presence(alice.pk) is None
    assert ear.hears() == []


def test_closing_twice_begins_one_grace(alice: User, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(1))
    services.close_connection(connection_id=tab, now=at(9))
    assert services.settle_grace(now=at(11)) == [alice.pk]


def test_one_device_in_use_keeps_her_online(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    phone = open_tab(alice)
    laptop = open_tab(alice)
    services.set_idle(connection_id=phone, is_idle=True, now=at(1))
    assert ear.hears() == [(alice.pk, "online", 1)]
    services.set_idle(connection_id=laptop, is_idle=True, now=at(2))
    assert ear.hears() == [(alice.pk, "away", 2)]
    services.set_idle(connection_id=phone, is_idle=False, now=at(3))
    assert ear.hears() == [(alice.pk, "online", 3)]
    services.close_connection(connection_id=phone, now=at(4))
    assert ear.hears() == [(alice.pk, "away", 4)]


def test_a_chosen_status_is_kept_across_connections(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, now=at(1))
    services.close_connection(connection_id=tab, now=at(2))
    services.settle_grace(now=at(20))
    open_tab(alice, now=at(30))
    heard = [(status, sequence) for _, status, sequence in ear.hears()]
    assert heard == [("online", 1), ("busy", 2), ("offline", 3), ("busy", 4)]


def test_choosing_without_a_connection_shows_nothing(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    services.choose_status(user_id=alice.pk, status=AWAY, now=NOON)
    assert ear.hears() == []
    assert not selectors.is_online(alice.pk)
    open_tab(alice, now=at(1))
    assert ear.hears() == [(alice.pk, "away", 1)]


def test_choosing_during_the_grace_changes_nothing(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    services.close_connection(connection_id=open_tab(alice), now=at(1))
    services.choose_status(user_id=alice.pk, status=BUSY, now=at(2))
    services.choose_status(user_id=alice.pk, status=OFFLINE, now=at(3))
    assert ear.hears() == [(alice.pk, "online", 1)]
    assert services.settle_grace(now=at(11)) == [alice.pk]


def test_who_appears_offline_leaves_no_trace(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    first = open_tab(alice)
    services.choose_status(user_id=alice.pk, status=OFFLINE, now=at(5))
    services.settle_grace(now=at(15))
    ear.hears()
    second = open_tab(alice, now=at(16))
    services.set_idle(connection_id=second, is_idle=True, now=at(20))
    services.heartbeat(user_id=alice.pk, now=at(25))
    services.close_connection(connection_id=first, now=at(30))
    services.close_connection(connection_id=second, now=at(40))
    assert services.sweep(now=at(1000)).offline == []
    assert ear.hears() == []
    assert selectors.get_last_seen(alice.pk) == at(5)


def test_last_seen_of_who_is_here_follows_the_lease(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    services.beat(process="one", now=at(50))
    assert selectors.get_last_seen(alice.pk) == at(50)
    assert selectors.last_seen_display(alice.pk, now=at(50)) == "Online"


def test_nothing_is_known_of_who_was_never_here(alice: User, bob: User) -> None:
    assert selectors.get_presence(alice.pk) is None
    assert selectors.get_presences([alice.pk, bob.pk]) == {}
    assert not selectors.is_online(alice.pk)
    assert selectors.get_last_seen(alice.pk) is None
    assert selectors.last_seen_display(alice.pk, now=NOON) == ""


def test_presences_of_several_people(alice: User, bob: User, open_tab: OpenTab) -> None:
    open_tab(bob)
    presences = selectors.get_presences([alice.pk, bob.pk])
    assert {pk: row.status for pk, row in presences.items()} == {bob.pk: "online"}


def test_other_code_can_show_somebody(alice: User, ear: Ear) -> None:
    shown = services.update_presence(user_id=alice.pk, status=AWAY, device_info="x" * 300, now=NOON)
    services.update_presence(user_id=alice.pk, status=AWAY, now=at(1))
    assert shown.device_info == "x" * 200
    assert ear.hears() == [(alice.pk, "away", 1)]


def test_other_code_cannot_show_who_appears_offline(alice: User, ear: Ear) -> None:
    services.choose_status(user_id=alice.pk, status=OFFLINE, now=NOON)
    services.update_presence(user_id=alice.pk, status=ONLINE, now=at(1))
    assert ear.hears() == []


def test_heartbeats_keep_her_until_they_stop(alice: User, ear: Ear) -> None:
    services.update_presence(user_id=alice.pk, status=ONLINE, now=NOON)
    services.heartbeat(user_id=alice.pk, now=at(100))
    assert services.sweep(now=at(200)).offline == []
    assert services.sweep(now=at(221)).offline == [alice.pk]
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]
    assert selectors.get_last_seen(alice.pk) == at(100)


def test_a_heartbeat_of_the_past_sets_nothing_back(alice: User) -> None:
    services.update_presence(user_id=alice.pk, status=ONLINE, now=NOON)
    services.heartbeat(user_id=alice.pk, now=at(-50))
    assert selectors.get_last_seen(alice.pk) == NOON


def test_a_heartbeat_ends_a_grace(alice: User, open_tab: OpenTab) -> None:
    services.close_connection(connection_id=open_tab(alice), now=at(1))
    services.heartbeat(user_id=alice.pk, now=at(5))
    assert services.settle_grace(now=at(60)) == []
    assert services.sweep(now=at(126)).offline == [alice.pk]


def test_offline_at_once(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    services.user_offline(user_id=alice.pk, now=at(7))
    services.user_offline(user_id=alice.pk, now=at(8))
    services.set_idle(connection_id=tab, is_idle=False, now=at(9))
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]
    assert selectors.get_last_seen(alice.pk) == at(7)
    assert selectors.count_connections(user_id=alice.pk) == 0


def test_offline_of_who_was_never_here_is_nothing(alice: User, ear: Ear) -> None:
    services.user_offline(user_id=alice.pk, now=NOON)
    services.heartbeat(user_id=alice.pk, now=NOON)
    assert selectors.get_presence(alice.pk) is None
    assert ear.hears() == []


def test_a_beat_is_one_statement(
    alice: User, open_tab: OpenTab, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        open_tab(alice)
    with django_assert_num_queries(1):
        assert services.beat(process="one", now=at(10))
    assert PresenceLease.objects.get().last_heartbeat == at(10)


@pytest.mark.django_db(transaction=True)
def test_a_beat_makes_a_lost_lease_anew() -> None:
    assert not services.beat(process="one", now=NOON)
    assert services.beat(process="one", now=at(10))
    assert PresenceLease.objects.get().started_at == NOON


def test_a_beat_that_comes_too_late_says_so(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    assert services.beat(process="one", now=at(35))
    assert selectors.held_since(process="one") == NOON
    assert not services.beat(process="one", now=at(71))
    assert selectors.held_since(process="one") == at(71)
    assert services.sweep(now=at(72)).offline == []


def test_a_connection_renews_a_lease_about_to_be_swept(alice: User, open_tab: OpenTab) -> None:
    services.beat(process="one", now=NOON)
    open_tab(alice, now=at(30))
    assert services.sweep(now=at(60)).offline == []


def test_a_process_that_stops_in_good_order_leaves_a_grace(
    alice: User, bob: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    open_tab(bob)
    open_tab(bob, process="two")
    services.forget_process(process="one", now=at(1))
    assert list(PresenceLease.objects.values_list("pk", flat=True)) == ["two"]
    assert PresenceConnection.objects.count() == 1
    assert services.settle_grace(now=at(11)) == [alice.pk]


def test_a_failure_to_tell_undoes_nothing(alice: User, ear: Ear, settings: Settings) -> None:
    settings.PRESENCE_AUDIENCE = "tests.presence.test_services.deaf_audience"
    services.update_presence(user_id=alice.pk, status=ONLINE, now=NOON)
    assert ear.hears() == []
    assert selectors.is_online(alice.pk)


def deaf_audience(user_ids: list[int]) -> None:
    """An audience that can't be found out."""
    raise LookupError(user_ids)


def test_a_row_says_itself(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice, device="")
    assert str(UserPresence.objects.get()) == "\u2068alice\u2069 is online"
    assert (
        str(PresenceConnection.objects.get())
        == "\u2068alice\u2069 on \u2068an unnamed device\u2069"
    )
    assert str(PresenceLease.objects.get()) == "one"
    row = UserPresence(status=OFFLINE, last_seen=NOON)
    assert row.last_seen_display(NOON + timedelta(hours=3)) == "3h ago"
