"""The rules, as tables."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from chatsite.realtime.wire import PresenceStatus
from presence.policy import last_seen_display, lease_timeout, status_of
from tests.presence.conftest import NOON

IDLE, IN_USE = True, False


@pytest.mark.parametrize(
    ("chosen", "connections", "seen"),
    [
        ("online", [], "offline"),
        ("online", [IN_USE], "online"),
        ("online", [IDLE], "away"),
        ("online", [IDLE, IN_USE], "online"),
        ("online", [IDLE, IDLE], "away"),
        ("away", [], "offline"),
        ("away", [IN_USE], "away"),
        ("busy", [], "offline"),
        ("busy", [IDLE], "busy"),
        ("busy", [IN_USE], "busy"),
        ("offline", [], "offline"),
        ("offline", [IN_USE], "offline"),
        ("offline", [IDLE, IN_USE], "offline"),
    ],
)
def test_what_others_see(chosen: str, connections: list[bool], seen: str) -> None:
    assert (
        status_of(chosen=PresenceStatus(chosen), is_hidden=False, connections=connections) == seen
    )


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "Just now"),
        (timedelta(seconds=59), "Just now"),
        (timedelta(seconds=60), "1m ago"),
        (timedelta(minutes=59, seconds=59), "59m ago"),
        (timedelta(hours=1), "1h ago"),
        (timedelta(hours=23, minutes=59), "23h ago"),
        (timedelta(days=1), "1d ago"),
        (timedelta(days=6, hours=23), "6d ago"),
        (timedelta(days=7), "Over a week ago"),
        (timedelta(days=400), "Over a week ago"),
        (timedelta(minutes=-5), "Just now"),
    ],
)
def test_last_seen_in_words(ago: timedelta, words: str) -> None:
    said = last_seen_display(status=PresenceStatus.OFFLINE, last_seen=NOON - ago, now=NOON)
    assert said == words


@pytest.mark.parametrize("status", ["online", "away", "busy"])
def test_who_is_here_is_online_in_words(status: str) -> None:
    long_ago = NOON - timedelta(days=30)
    said = last_seen_display(status=PresenceStatus(status), last_seen=long_ago, now=NOON)
    assert said == "Online"


def test_a_lease_survives_three_missed_beats(settings: Settings) -> None:
    settings.PRESENCE_LEASE_INTERVAL = 10
    assert lease_timeout() == timedelta(seconds=35)
