"""Going without being seen to choose it: chosen, hidden and left are one grace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User

from chatsite.realtime.groups import user_group
from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from tests import ears
from tests.presence.conftest import NOON, Ear, OpenTab, at

OFFLINE, ONLINE, BUSY = PresenceStatus.OFFLINE, PresenceStatus.ONLINE, PresenceStatus.BUSY

GONE = [("online", 1), ("offline", 2)]


def appear_offline(user: User, now: datetime) -> None:
    """Choose it."""
    services.choose_status(user_id=user.pk, status=OFFLINE, now=now)


def hide(user: User, now: datetime) -> None:
    """Turn the switch off."""
    services.choose_privacy(user_id=user.pk, shows_presence=False, now=now)


def appear_again(user: User, now: datetime) -> None:
    """Undo either."""
    services.choose_status(user_id=user.pk, status=ONLINE, now=now)
    services.choose_privacy(user_id=user.pk, shows_presence=True, now=now)


Going = Callable[[User, datetime], None]

either = pytest.mark.parametrize("go", [appear_offline, hide])


def heard(ear: Ear) -> list[tuple[str, int]]:
    return [(status, sequence) for _, status, sequence in ear.hears()]


@either
def test_others_are_told_after_the_grace_as_of_its_beginning(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    open_tab(alice)
    go(alice, at(100))
    assert services.settle_grace(now=at(109.9)) == []
    assert selectors.is_online(alice.pk)
    assert services.settle_grace(now=at(110)) == [alice.pk]
    [[_], [told]] = ear.publishes()
    assert (told["presenceStatus"], told["sequence"]) == ("offline", 2)
    assert told["timestamp"] == "2026-03-01T12:01:40.000Z"
    assert selectors.get_last_seen(alice.pk) == at(100)


@either
def test_her_own_devices_are_told_at_once_and_once_more_with_the_others(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    own = ears.Ear(user_group(alice.pk))
    open_tab(alice)
    own.messages()
    go(alice, at(1))
    [told] = [event for message in own.messages() for event in message.get("events", [])]
    assert (told["presenceStatus"], told["sequence"]) == ("offline", 1)
    services.settle_grace(now=at(11))
    [told_again] = own.events()
    assert (told_again["presenceStatus"], told_again["sequence"]) == ("offline", 2)


@either
def test_what_she_does_meanwhile_moves_nothing(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    first = open_tab(alice)
    go(alice, at(1))
    go(alice, at(2))
    second = open_tab(alice, now=at(3))
    services.set_idle(connection_id=second, is_idle=True, now=at(4))
    services.heartbeat(user_id=alice.pk, now=at(5))
    services.update_presence(user_id=alice.pk, status=BUSY, now=at(6))
    services.close_connection(connection_id=first, now=at(7))
    services.close_connection(connection_id=second, now=at(8))
    assert services.settle_grace(now=at(11)) == [alice.pk]
    assert heard(ear) == GONE
    assert selectors.get_last_seen(alice.pk) == at(1)
    assert services.sweep(now=at(1000)).offline == []


@either
def test_to_appear_again_within_the_grace_tells_nothing(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    open_tab(alice)
    go(alice, at(1))
    appear_again(alice, at(5))
    assert services.settle_grace(now=at(11)) == []
    assert heard(ear) == [("online", 1)]


@either
def test_the_grace_of_a_leave_goes_on(alice: User, ear: Ear, open_tab: OpenTab, go: Going) -> None:
    services.close_connection(connection_id=open_tab(alice), now=at(1))
    go(alice, at(5))
    assert services.settle_grace(now=at(11)) == [alice.pk]
    assert heard(ear) == GONE
    assert selectors.get_last_seen(alice.pk) == at(1)


@either
def test_it_is_told_of_nobody_who_is_offline(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    services.close_connection(connection_id=open_tab(alice), now=at(1))
    services.settle_grace(now=at(11))
    ear.hears()
    go(alice, at(20))
    assert services.sweep(now=at(100)).offline == []
    assert ear.hears() == []
    assert selectors.get_last_seen(alice.pk) == at(1)


@either
def test_if_her_process_dies_meanwhile_the_sweep_settles_it_like_a_leave(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    open_tab(alice)
    services.beat(process="one", now=at(5))
    go(alice, at(1))
    assert services.sweep(now=at(11)).offline == [alice.pk]
    assert heard(ear) == GONE
    assert selectors.get_last_seen(alice.pk) == at(1)


@either
def test_a_lease_that_runs_out_within_the_grace_does_not_end_it(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    open_tab(alice)
    go(alice, at(30))
    assert services.sweep(now=at(36)).offline == []
    assert services.sweep(now=at(40)).offline == [alice.pk]
    assert heard(ear) == GONE
    assert selectors.get_last_seen(alice.pk) == at(30)


def test_a_choice_that_ends_within_the_grace_was_never_seen(
    alice: User, ear: Ear, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=OFFLINE, until=at(5), now=NOON)
    assert services.end_choices(now=at(5)) == [alice.pk]
    assert services.settle_grace(now=at(11)) == []
    assert heard(ear) == [("online", 1)]


@either
def test_an_operator_s_word_holds_at_once(
    alice: User, ear: Ear, open_tab: OpenTab, go: Going
) -> None:
    open_tab(alice)
    go(alice, at(1))
    services.force_offline(user_id=alice.pk, now=at(5))
    assert heard(ear) == GONE
    assert selectors.get_last_seen(alice.pk) == at(1)
    assert UserPresence.objects.get().grace_until is None
