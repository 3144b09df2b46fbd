"""What one person may use of something in an hour, as one process counts it."""

from __future__ import annotations

import threading
from math import ceil

HOUR = 3600.0

FORGETFUL = 10_000
"""People of whom something is remembered until those are forgotten who used nothing lately."""


class Budget:
    """So much of something an hour for each person. What was used comes back steadily."""

    def __init__(self, an_hour: float) -> None:
        self._an_hour = an_hour
        self._lock = threading.Lock()
        self._used: dict[int, tuple[float, float]] = {}
        """How much had been used at a time."""

    def take(self, person: int, amount: float, *, now: float) -> int:
        """Use so much at ``now``, in seconds of any steady clock: 0. Where that is not left,
        nothing is used, and these are the seconds until it is."""
        with self._lock:
            used = self._at(person, now) + amount
            # Whoever has used nothing may have anything that is let through elsewhere.
            if used > self._an_hour and used > amount:
                return ceil((used - self._an_hour) / self._an_hour * HOUR)
            if len(self._used) >= FORGETFUL:
                self._used = {one: self._used[one] for one in self._used if self._at(one, now)}
            self._used[person] = (used, now)
            return 0

    def _at(self, person: int, now: float) -> float:
        used, then = self._used.get(person, (0.0, now))
        return max(0.0, used - (now - then) * self._an_hour / HOUR)
