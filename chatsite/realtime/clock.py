"""What time it is, by the one clock that all processes share: the database's.

A process believes neither its machine's clock, which may be wrong or be set at any moment, nor asks
the database each time. It keeps a steady clock, which only ever runs on, and learns from the
database by how much that differs: with its first connection, and again with each beat.
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
"""Seconds by which a machine's clock may differ from the database's before that is a warning, and
the database's from what it should say by now before that is taken for a step."""

DRIFT = 1e-4
"""Seconds by which two clocks part in a second, at most, while nobody sets them."""


class Reading(msgspec.Struct, frozen=True):
    """What was learned of a clock by asking it once."""

    offset: float
    """Its time minus the steady clock, in seconds."""
    error: float
    """The offset is right to so many seconds: half of what the answer took."""
    taken_at: float
    """By the steady clock."""

    def error_at(self, steady: float) -> float:
        """To how many seconds the offset is still right."""
        return self.error + DRIFT * (steady - self.taken_at)


class Clock:
    """Tells another clock's time. ``steady`` and ``wall`` are this machine's clocks, in seconds;
    the wall clock is believed until the other was asked."""

    def __init__(self, *, steady: Callable[[], float], wall: Callable[[], float]) -> None:
        self._steady = steady
        self._wall = wall
        self._offset = wall() - steady()
        self._reading: Reading | None = None
        self._is_apart = False
        """Whether a warning says that the two clocks differ."""
        self._lock = threading.Lock()
        """Beats and first connections may learn at once."""

    @property
    def is_learned(self) -> bool:
        """Whether the other clock was asked."""
        return self._reading is not None

    def now(self) -> datetime:
        """What time it is, in UTC."""
        return datetime.fromtimestamp(self._steady() + self._offset, UTC)

    def learn(self, ask: Callable[[], float]) -> bool:
        """Ask the other clock, in seconds since 1970: whether it was set since it was asked last.
        Raises what ``ask`` raises.

        A slow answer says little: the better of two that agree is kept.
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
        """Say by how much this machine's clock is wrong: once when it is, once when no longer."""
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
    """The clock that nobody sets, and that runs on while the machine sleeps where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    return time.monotonic


steady: Callable[[], float] = _steady_clock()
"""Seconds, from any moment on: for how long something lasted, whatever becomes of other clocks."""

_clock = Clock(steady=steady, wall=time.time)


def now() -> datetime:
    """What time it is by the database's clock, in UTC: for the edges at which time enters."""
    return _clock.now()


def learn() -> bool:
    """Ask the database what time it is. Whether its clock was set since it was asked last: then
    ages of what was written before mean nothing. Raises ``DatabaseError``."""
    return _clock.learn(_ask)


def learn_first(*, connection: Any, **_: Any) -> None:
    """A receiver of ``connection_created``: the first connection of the process, whatever it is
    for, is asked for the time before anything else."""
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
