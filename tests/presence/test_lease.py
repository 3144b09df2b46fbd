"""What a process knows of its own lease after it was stopped, at whatever point."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from chatsite.realtime import clock
from presence import services
from presence.lease import Lease
from presence.policy import lease_timeout

TIMEOUT = lease_timeout().total_seconds()


class Steady:
    """A clock of a process that is stopped now and then."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stops_for = 0.0
        """How long the process is stopped after the clock is asked next."""

    def __call__(self) -> float:
        """Seconds."""
        asked = self.now
        self.now += self.stops_for
        self.stops_for = 0.0
        return asked


def is_valid(lease: Lease) -> bool:
    """Whether it can't have run out by now."""
    return lease.is_valid


@pytest.fixture
def steady() -> Steady:
    """The clock of the process."""
    return Steady()


@pytest.fixture
def lease(steady: Steady, transactional_db: None) -> Lease:
    """The lease of the process, held."""
    lease = Lease(steady=steady)
    assert not lease.renew()
    return lease


def test_of_a_process_that_has_just_started_it_is_not_valid(
    steady: Steady, transactional_db: None
) -> None:
    lease = Lease(steady=steady)
    assert not is_valid(lease)
    assert (lease.was_held, lease.renew(), lease.was_held) == (False, False, True)
    assert is_valid(lease)


def test_it_is_valid_until_others_may_take_the_process_for_dead(
    lease: Lease, steady: Steady
) -> None:
    steady.now += TIMEOUT - 1
    assert is_valid(lease)
    assert lease.renew()
    steady.now += TIMEOUT - 1
    assert is_valid(lease)
    steady.now += 1
    assert not is_valid(lease)


def test_a_renewal_after_a_stop_is_not_taken_for_one_in_time(lease: Lease, steady: Steady) -> None:
    steady.now += TIMEOUT
    assert not lease.renew()
    assert is_valid(lease)
    assert lease.renew()


def test_a_renewal_in_the_middle_of_which_the_process_stopped_says_nothing_of_that_time(
    lease: Lease, steady: Steady
) -> None:
    steady.stops_for = TIMEOUT
    assert not lease.renew()
    assert not is_valid(lease)


def test_that_it_was_lost_is_known_though_somebody_connected_before_it_was_renewed(
    lease: Lease, alice: User
) -> None:
    """Where the steady clock stood still with the process."""
    services.sweep(now=clock.now() + 2 * lease_timeout())
    assert not lease.is_unbroken()
    opening = services.Opening(
        user_id=alice.pk, connection_id=uuid4(), process=lease.process, device_info="phone"
    )
    services.open_connection(opening, now=clock.now())
    assert not lease.is_unbroken()
    assert not lease.renew()
    assert lease.is_unbroken()
