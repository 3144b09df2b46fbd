"""What becomes of a person's presence by itself, for each way in which they can stand."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from chatsite.realtime.wire import PresenceStatus
from presence.expectations import Held, Standing, expectations
from presence.policy import Choice
from tests.presence.conftest import NOON, at

ONLINE, AWAY, BUSY, OFFLINE = (
    PresenceStatus.ONLINE,
    PresenceStatus.AWAY,
    PresenceStatus.BUSY,
    PresenceStatus.OFFLINE,
)


def held(ago: float, *, is_idle: bool = False) -> Held:
    """A connection of a process that was heard of so many seconds ago."""
    return Held(beat=at(-ago), is_idle=is_idle)


# Leases run out after 35 s, sweeps come every 30 s, silence lasts 120 s, graces last 10 s.
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "online",
        {"status": ONLINE, "connections": (held(3),)},
        ["Stays so while a device is connected and in use."],
    ),
    (
        "one idle of two",
        {"status": ONLINE, "connections": (held(3), held(3, is_idle=True))},
        ["Stays so while a device is connected and in use."],
    ),
    (
        "idle",
        {"status": AWAY, "connections": (held(3, is_idle=True),)},
        ["Away until one of their devices is used or closed."],
    ),
    (
        "a beat is missed",
        {"status": ONLINE, "connections": (held(16),)},
        [
            "No process vouches for a connection of theirs any more: unless it beats again,"
            " the sweep settles this in at most 49 s."
        ],
    ),
    (
        "the lease is about to run out",
        {"status": ONLINE, "connections": (held(34),)},
        [
            "No process vouches for a connection of theirs any more: unless it beats again,"
            " the sweep settles this in at most 31 s."
        ],
    ),
    (
        "a stale lease",
        {"status": ONLINE, "connections": (held(500), held(90))},
        [
            "No process vouches for a connection of theirs any more: unless it beats again,"
            " the sweep settles this in at most 30 s."
        ],
    ),
    (
        "one stale lease of two",
        {"status": ONLINE, "connections": (held(90), held(1))},
        [
            "1 of 2 connections are of a process that does not beat: unless it beats again,"
            " the sweep settles this in at most 30 s."
        ],
    ),
    (
        "grace",
        {"status": ONLINE, "grace_until": at(4)},
        [
            "Their grace ends in 4 s. If no process sees to it,"
            " the sweep settles this in at most 34 s."
        ],
    ),
    (
        "grace is over",
        {"status": ONLINE, "grace_until": at(-1)},
        ["Their grace is over: the sweep settles this in at most 30 s."],
    ),
    (
        "a grace that is further off than one lasts",
        {"status": ONLINE, "grace_until": at(3600)},
        ["The clock was set back since their grace began: the sweep settles this in at most 30 s."],
    ),
    (
        "shown by code, without a connection",
        {"status": BUSY, "last_heartbeat": at(-20)},
        ["Unless something vouches for them again, the sweep settles this in at most 3 min."],
    ),
    (
        "shown by code, and silent",
        {"status": BUSY, "last_heartbeat": at(-121)},
        ["Nothing vouches for them any more: the sweep settles this in at most 30 s."],
    ),
    (
        "chosen until",
        {"status": BUSY, "choice": Choice(status=BUSY, until=at(1200)), "connections": (held(1),)},
        ["Their choice, busy, ends at 2026-03-01 12:20:00 UTC, in 20 min."],
    ),
    (
        "chosen until just now",
        {"status": BUSY, "choice": Choice(status=BUSY, until=NOON), "connections": (held(1),)},
        [
            "Their choice, busy, is over. If no process sees to it,"
            " the sweep settles this in at most 30 s."
        ],
    ),
    (
        "appears offline",
        {"status": OFFLINE, "choice": Choice(status=OFFLINE), "connections": (held(1),)},
        ["Their choice, offline, lasts until they make another."],
    ),
    (
        "hides",
        {"status": OFFLINE, "is_hidden": True, "connections": (held(1),)},
        ["They show their presence to nobody, and appear as offline until they do."],
    ),
    (
        "offline, or forced to be",
        {"status": OFFLINE},
        ["Offline until a client of theirs connects."],
    ),
    (
        "grace, with a choice that ends",
        {"status": AWAY, "grace_until": at(9.5), "choice": Choice(status=AWAY, until=at(30))},
        [
            "Their grace ends in 10 s. If no process sees to it,"
            " the sweep settles this in at most 40 s.",
            "Their choice, away, ends at 2026-03-01 12:00:30 UTC, in 30 s.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("standing", "sentences"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_expected(
    settings: Settings, standing: dict[str, Any], sentences: list[str]
) -> None:
    settings.PRESENCE_LEASE_INTERVAL = 10.0
    settings.PRESENCE_SWEEP_INTERVAL = 30.0
    settings.PRESENCE_TIMEOUT = 120.0
    settings.PRESENCE_GRACE = 10.0
    stands = Standing(**{"last_heartbeat": at(-3), **standing})
    assert expectations(stands, now=NOON) == sentences
