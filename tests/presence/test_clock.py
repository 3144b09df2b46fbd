"""A clock that is set back: nobody is stuck, and nobody flickers."""

from __future__ import annotations

from django.contrib.auth.models import User

from presence import selectors, services
from presence.models import PresenceLease
from tests.presence.conftest import Ear, OpenTab, at

HOUR = 3600


def test_a_grace_begun_before_does_not_last_for_the_hour(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(1))
    assert services.sweep(now=at(-HOUR)).offline == [alice.pk]
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]


def test_a_machine_that_is_a_little_behind_ends_no_grace_early(
    alice: User, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(1))
    assert services.settle_grace(now=at(-3)) == []


def test_who_is_connected_stays_and_goes_as_ever(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    assert services.beat(process="one", now=at(-HOUR))
    assert services.sweep(now=at(-HOUR)).offline == []
    services.set_idle(connection_id=tab, is_idle=True, now=at(1 - HOUR))
    services.close_connection(connection_id=tab, now=at(2 - HOUR))
    assert services.settle_grace(now=at(5 - HOUR)) == []
    assert services.settle_grace(now=at(60 - HOUR)) == [alice.pk]
    assert ear.hears() == [
        (alice.pk, "online", 1),
        (alice.pk, "away", 2),
        (alice.pk, "offline", 3),
    ]


def test_a_process_that_dies_after_it_is_found_by_the_new_time(
    alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.beat(process="one", now=at(-HOUR))
    assert PresenceLease.objects.get().last_heartbeat == at(-HOUR)
    assert services.sweep(now=at(60 - HOUR)).offline == [alice.pk]
    assert selectors.get_last_seen(alice.pk) is not None


def test_it_was_just_now_that_somebody_is_seen_in_the_future(
    alice: User, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.close_connection(connection_id=tab, now=at(1))
    services.settle_grace(now=at(60))
    assert selectors.last_seen_display(alice.pk, now=at(-HOUR)) == "Just now"
