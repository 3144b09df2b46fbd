"""Hiding, and timed choices: what is stored, and what is told of it."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from presence.outbound import presence_event
from presence.policy import Privacy, status_of
from tests.presence.conftest import NOON, Ear, OpenTab, at


def hides(user: User, *, now: datetime, hidden: bool = True) -> Privacy:
    """Turn the one switch."""
    return services.choose_privacy(user_id=user.pk, shows_presence=not hidden, now=now)


@pytest.mark.parametrize("chosen", PresenceStatus)
def test_who_hides_is_offline_to_others(chosen: PresenceStatus) -> None:
    status = status_of(chosen=chosen, is_hidden=True, connections=[False, True])
    assert status is PresenceStatus.OFFLINE


def test_hiding_is_told_once_after_the_grace(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    open_tab(alice)
    for second in (1, 2):
        assert hides(alice, now=at(second)) == Privacy(shows_presence=False)
    assert services.settle_grace(now=at(11)) == [alice.pk]
    assert ear.hears() == [(alice.pk, "online", 1), (alice.pk, "offline", 2)]


def test_nothing_is_told_while_she_hides(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    hides(alice, now=NOON)
    tab = open_tab(alice, now=at(1))
    services.choose_status(user_id=alice.pk, status=PresenceStatus.BUSY, now=at(2))
    services.set_idle(connection_id=tab, is_idle=True, now=at(3))
    services.update_presence(user_id=alice.pk, status=PresenceStatus.ONLINE, now=at(4))
    services.heartbeat(user_id=alice.pk, now=at(5))
    services.close_connection(connection_id=tab, now=at(6))
    assert services.sweep(now=at(1000)).offline == []
    assert ear.hears() == []
    assert selectors.get_last_seen(alice.pk) == NOON
    assert selectors.last_seen_display(alice.pk, now=at(7)) == "Just now"


def test_showing_again_shows_what_is(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    hides(alice, now=NOON)
    open_tab(alice, now=at(1), is_idle=True)
    ear.hears()
    hides(alice, now=at(2), hidden=False)
    assert ear.hears() == [(alice.pk, "away", 1)]
    assert presence_event(UserPresence.objects.get()).timestamp == at(2)


def test_who_was_never_here_shows_everything_and_may_hide(alice: User) -> None:
    assert selectors.get_privacy(alice.pk) == Privacy()
    services.choose_privacy(user_id=alice.pk, shows_typing=False, now=NOON)
    assert selectors.get_privacy(alice.pk) == Privacy(shows_typing=False)


def test_who_hid_everything_with_one_switch_hides_as_much_with_several(alice: User) -> None:
    bob = User.objects.create(username="bob-who-shows")
    for user, is_hidden in ((alice, True), (bob, False)):
        UserPresence.objects.create(
            user=user, is_hidden=is_hidden, last_heartbeat=NOON, last_seen=NOON
        )
    import_module("presence.migrations.0004_receipts").keep_hidden(apps, None)
    assert not selectors.get_privacy(alice.pk).shows_receipts
    assert selectors.get_privacy(bob.pk).shows_receipts


def test_of_who_hid_before_it_was_told_nothing_is_told_but_when_they_joined(alice: User) -> None:
    bob = User.objects.create(username="bob-who-shows")
    for user, is_hidden in ((alice, True), (bob, False)):
        UserPresence.objects.create(
            user=user, is_hidden=is_hidden, last_heartbeat=NOON, last_seen=NOON
        )
    import_module("presence.migrations.0006_last_seen_of_hidden").keep_hidden(apps, None)
    assert selectors.get_last_seen(alice.pk) == alice.date_joined
    assert selectors.get_last_seen(bob.pk) == NOON
