"""Chosen statuses that end by themselves: when, for whom, and how often it is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from chatsite.realtime.errors import Refused
from chatsite.realtime.groups import user_group
from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from presence.policy import Choice, why_not
from tests.presence.conftest import NOON, Ear, OpenTab, at

ONLINE, AWAY, BUSY, OFFLINE = (
    PresenceStatus.ONLINE,
    PresenceStatus.AWAY,
    PresenceStatus.BUSY,
    PresenceStatus.OFFLINE,
)


@pytest.mark.parametrize(
    ("until", "now", "left"),
    [
        (None, at(10**6), Choice(status=BUSY)),
        (at(60), at(59), Choice(status=BUSY, until=at(60))),
        (at(60), at(60), Choice()),
        (at(60), at(61), Choice()),
    ],
)
def test_what_is_left_of_a_choice(until: datetime | None, now: datetime, left: Choice) -> None:
    assert Choice(status=BUSY, until=until).at(now) == left


@pytest.mark.parametrize(
    ("status", "until", "is_possible"),
    [
        (ONLINE, None, True),
        (BUSY, None, True),
        (BUSY, at(1), True),
        (OFFLINE, at(1), True),
        (BUSY, NOON, False),
        (AWAY, at(-1), False),
        (ONLINE, at(1), False),
    ],
)
def test_what_can_be_chosen(
    status: PresenceStatus, until: datetime | None, is_possible: bool
) -> None:
    problem = why_not(Choice(status=status, until=until), now=NOON)
    assert (problem is None) is is_possible


def test_what_can_not_be_chosen_changes_nothing(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    with pytest.raises(Refused, match="invalid_frame"):
        services.choose_status(user_id=alice.pk, status=BUSY, until=NOON, now=at(1))
    assert selectors.get_choice(alice.pk, now=at(1)) == Choice()
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_it_ends_once_whoever_notices(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(60), now=at(1))
    assert services.end_choices(now=at(59)) == []
    assert services.end_choices(now=at(60)) == [alice.pk]
    assert services.end_choices(now=at(60)) == []
    heard = [(status, sequence) for _, status, sequence in ear.hears()]
    assert heard == [("online", 1), ("busy", 2), ("online", 3)]
    assert UserPresence.objects.get().choice == Choice()


def test_the_sweep_ends_it_too(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(20), now=at(1))
    assert services.sweep(now=at(19), dry_run=True).ended == []
    assert services.sweep(now=at(20), dry_run=True).ended == [alice.pk]
    assert services.sweep(now=at(20)).ended == [alice.pk]
    assert [status for _, status, _ in ear.hears()] == ["online", "busy", "online"]


def test_a_later_choice_takes_the_place_of_its_end(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(20), now=at(1))
    services.choose_status(user_id=alice.pk, status=BUSY, now=at(2))
    assert services.end_choices(now=at(60)) == []
    assert [status for _, status, _ in ear.hears()] == ["online", "busy"]


def test_whose_devices_are_idle_is_away_after_it(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice, is_idle=True)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(20), now=at(1))
    services.end_choices(now=at(20))
    assert [status for _, status, _ in ear.hears()] == ["away", "busy", "away"]


def test_who_appeared_offline_is_visible_again(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=OFFLINE, until=at(20), now=at(1))
    services.settle_grace(now=at(11))
    services.end_choices(now=at(20))
    assert [status for _, status, _ in ear.hears()] == ["online", "offline", "online"]


def test_who_hides_stays_hidden_after_it(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    services.choose_privacy(user_id=alice.pk, shows_presence=False, shows_typing=None, now=at(1))
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(20), now=at(2))
    services.settle_grace(now=at(11))
    assert services.end_choices(now=at(20)) == [alice.pk]
    assert [status for _, status, _ in ear.hears()] == ["online", "offline"]


def test_it_ends_unseen_while_she_is_not_connected(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    tab = open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(60), now=at(1))
    services.close_connection(connection_id=tab, now=at(2))
    services.settle_grace(now=at(20))
    assert services.sweep(now=at(61)).ended == [alice.pk]
    open_tab(alice, now=at(70))
    assert [status for _, status, _ in ear.hears()] == ["online", "busy", "offline", "online"]


def test_who_connects_before_anybody_noticed_is_online(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(60), now=at(1))
    open_tab(alice, now=at(61))
    assert services.end_choices(now=at(62)) == [alice.pk]
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_in_her_grace_she_is_shown_as_she_was(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(5), now=at(1))
    services.close_connection(connection_id=tab, now=at(2))
    assert services.end_choices(now=at(6)) == [alice.pk]
    services.settle_grace(now=at(12))
    assert [status for _, status, _ in ear.hears()] == ["online", "busy", "offline"]


def test_who_is_gone_when_it_ends_is_not_online_for_a_moment(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(50), now=at(1))
    result = services.sweep(now=at(60))
    assert (result.offline, result.ended) == ([alice.pk], [alice.pk])
    assert [status for _, status, _ in ear.hears()] == ["online", "busy", "offline"]


def test_other_code_can_show_her_once_it_is_over(alice: User, ear: Ear) -> None:
    services.choose_status(user_id=alice.pk, status=OFFLINE, until=at(10), now=NOON)
    services.update_presence(user_id=alice.pk, status=ONLINE, now=at(9))
    services.update_presence(user_id=alice.pk, status=ONLINE, now=at(10))
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_a_clock_that_is_set_back_keeps_to_the_time_that_was_told(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(60), now=at(1))
    assert services.end_choices(now=at(-3600)) == []
    assert services.end_choices(now=at(61)) == [alice.pk]


@pytest.mark.usefixtures("ear")
def test_her_own_devices_are_told_what_she_chose(alice: User, open_tab: OpenTab) -> None:
    own = Ear(user_group(alice.pk))
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=BUSY, until=at(60), now=at(1))
    services.choose_status(user_id=alice.pk, status=BUSY, now=at(2))
    services.choose_status(user_id=alice.pk, status=BUSY, now=at(3))
    services.end_choices(now=at(60))
    services.choose_status(user_id=alice.pk, status=OFFLINE, until=at(70), now=at(61))
    services.end_choices(now=at(70))
    heard = [event for events in own.publishes() for event in events]
    told = [event for event in heard if "chosenStatus" in event]
    assert [(e["presenceStatus"], e["chosenStatus"], e.get("until")) for e in told] == [
        ("online", "online", None),
        ("busy", "busy", "2026-03-01T12:01:00.000Z"),
        ("busy", "busy", None),
        ("offline", "offline", "2026-03-01T12:01:10.000Z"),
        ("online", "online", None),
    ]


def test_many_end_in_few_statements(
    alice: User, open_tab: OpenTab, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [User.objects.create(username=f"person-{number}") for number in range(20)]
    for person in people:
        open_tab(person)
        services.choose_status(user_id=person.pk, status=BUSY, until=at(60), now=at(1))
    with django_assert_max_num_queries(10):
        assert len(services.end_choices(now=at(60))) == 20
