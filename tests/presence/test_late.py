"""A process that was stopped between asking for the time and doing what it wanted at that time."""

from __future__ import annotations

from django.contrib.auth.models import User

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from tests.presence.conftest import Ear, OpenTab, at

LATER = 60


def test_it_sets_last_seen_back_of_nobody(alice: User, open_tab: OpenTab) -> None:
    tab = open_tab(alice)
    open_tab(alice, process="two", now=at(LATER))
    services.set_idle(connection_id=tab, is_idle=True, now=at(1))
    open_tab(alice, now=at(2))
    services.update_presence(user_id=alice.pk, status=PresenceStatus.ONLINE, now=at(3))
    person = UserPresence.objects.get()
    assert (person.last_seen, person.last_heartbeat) == (at(LATER), at(LATER))
    services.user_offline(user_id=alice.pk, now=at(4))
    assert selectors.get_last_seen(alice.pk) == at(LATER)


def test_a_grace_that_it_begins_is_of_somebody_who_was_seen_later(
    alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice, process="two", now=at(LATER))
    services.choose_status(user_id=alice.pk, status=PresenceStatus.OFFLINE, now=at(1))
    assert selectors.get_last_seen(alice.pk) == at(LATER)


def test_it_ends_no_grace_that_began_since(alice: User, ear: Ear, open_tab: OpenTab) -> None:
    services.close_connection(connection_id=open_tab(alice, now=at(LATER)), now=at(LATER))
    assert services.settle_grace(now=at(1)) == []
    assert ear.hears() == [(alice.pk, "online", 1)]


def test_who_was_told_of_since_the_last_beat_of_a_dead_process_was_last_seen_then(
    alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.choose_status(user_id=alice.pk, status=PresenceStatus.BUSY, now=at(5))
    assert services.sweep(now=at(LATER)).offline == [alice.pk]
    assert selectors.get_last_seen(alice.pk) == at(5)
