"""The time, by the one clock that all processes share: that of the database.

A process does not trust its machine's clock, which may be wrong or be set at any moment, and does
not ask the database each time either. It uses a steady clock, which is never set, and learns from
the database by how much that differs: with its first connection, and with each renewal of its
lease.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection

from chatsite.realtime.metrics import CLOCK_DIFFERENCE

logger = logging.getLogger(__name__)

TOLERANCE = 2.0
"""Seconds by which a machine's clock may differ from the database's without a warning, and by which
the database's may differ from what was expected before it counts as having been set."""

DRIFT = 1e-4
"""Seconds by which two clocks drift apart in a second, at most, while nobody sets them."""


class Reading(msgspec.Struct, frozen=True):
    """What was learned about a clock by asking it once."""

    offset: float
    """Its time minus the steady clock, in seconds."""
    error: float
    """How many seconds the offset may be off: half of what the answer took."""
    taken_at: float
    """By the steady clock."""

    def error_at(self, steady: float) -> float:
        """How many seconds the offset may be off by then."""
        return self.error + DRIFT * (steady - self.taken_at)


class Clock:
    """Tells the time of another clock. ``steady`` and ``wall`` are this machine's clocks, in
    seconds; the wall clock is used until the other one was asked."""

    def __init__(self, *, steady: Callable[[], float], wall: Callable[[], float]) -> None:
        self._steady = steady
        self._wall = wall
        self._offset = wall() - steady()
        self._reading: Reading | None = None
        self._is_apart = False
        """Whether a warning says that the two clocks differ."""
        self._lock = threading.Lock()
        """Renewals and first connections may learn at the same time."""

    @property
    def is_learned(self) -> bool:
        """Whether the other clock was asked."""
        return self._reading is not None

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self._steady() + self._offset, UTC)

    def learn(self, ask: Callable[[], float]) -> bool:
        """Ask the other clock for its seconds since 1970. Returns whether it was set since it was
        asked last. Raises what ``ask`` raises.

        A slow answer is imprecise: of two that agree, the more precise one is kept.
        """
        before = self._steady()
        told = ask()
        after = self._steady()
        middle, error = (before + after) / 2, (after - before) / 2
        reading = Reading(offset=told - middle, error=error, taken_at=after)
        with self._lock:
            known = self._reading
            apart = 0.0 if known is None else self._distance(known, reading)
            if known is None or apart > 0 or reading.error <= known.error_at(after):
                self._reading, self._offset = reading, reading.offset
            self._compare()
        return apart > TOLERANCE

    @staticmethod
    def _distance(known: Reading, reading: Reading) -> float:
        """By how many seconds two readings contradict each other."""
        doubt = reading.error + known.error_at(reading.taken_at)
        return abs(reading.offset - known.offset) - doubt

    def _compare(self) -> None:
        """Log by how much this machine's clock is wrong, once, and once when it is right again."""
        difference = self._steady() + self._offset - self._wall()
        CLOCK_DIFFERENCE.set(difference)
        is_apart = abs(difference) > TOLERANCE
        if is_apart and not self._is_apart:
            logger.warning(
                "this machine's clock is %.1f s %s the database's, by which times are told: set it",
                abs(difference),
                "behind" if difference > 0 else "ahead of",
            )
        elif self._is_apart and not is_apart:
            logger.info("this machine's clock agrees with the database's again")
        self._is_apart = is_apart


def _steady_clock() -> Callable[[], float]:
    """A clock that is never set, and that, if possible, runs while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    return time.monotonic


steady: Callable[[], float] = _steady_clock()
"""Seconds from an arbitrary moment on, to measure durations whatever happens to other clocks."""

_clock = Clock(steady=steady, wall=time.time)


def now() -> datetime:
    """The time by the database's clock, in UTC."""
    return _clock.now()


def learn() -> bool:
    """Ask the database for the time. Returns whether its clock was set since it was asked last:
    then the ages of what was written before mean nothing. Raises ``DatabaseError``."""
    return _clock.learn(_ask)


def learn_first(*, connection: Any, **_: Any) -> None:
    """A receiver of ``connection_created``: asks the first connection of the process for the time
    before anything else."""
    if connection.alias == DEFAULT_DB_ALIAS and not _clock.is_learned:
        learn()


def _ask() -> float:
    """SQLite's clock is that of the machine."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        # Not now(), which is the time at which the transaction began.
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0].timestamp()
