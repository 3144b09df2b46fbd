"""How many connections an address may have."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from chatsite.realtime.addresslimits import AddressLimits


@pytest.fixture(autouse=True)
def _two_each(settings: Settings) -> None:
    settings.STREAM_CONNECTIONS_PER_ADDRESS = 2


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:1:2::/64", "10.0.0.9"])
def test_each_address_has_so_many(address: str) -> None:
    limits = AddressLimits()
    assert [limits.enter(address) for _ in range(3)] == [True, True, False]
    assert limits.enter("203.0.113.8")
    limits.leave(address)
    assert [limits.enter(address) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::/64", "a-name"])
def test_what_may_be_a_proxy_of_this_machine_has_any_number(address: str) -> None:
    limits = AddressLimits()
    assert all(limits.enter(address) for _ in range(5))


def test_nought_is_no_limit(settings: Settings) -> None:
    settings.STREAM_CONNECTIONS_PER_ADDRESS = 0
    limits = AddressLimits()
    assert all(limits.enter("203.0.113.7") for _ in range(5))


def test_the_log_says_it_once(caplog: pytest.LogCaptureFixture) -> None:
    limits = AddressLimits()
    for _ in range(5):
        limits.enter("203.0.113.7")
    limits.leave("203.0.113.7")
    for _ in range(5):
        limits.enter("203.0.113.7")
    [line] = caplog.messages
    assert "203.0.113.7 has 2 connections" in line
