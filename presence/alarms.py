"""A timer that follows the wall clock, for what ends at a time that people were shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

LOOK_EVERY = 30.0
"""Seconds after which the clock is read again: it may be set, and a machine may sleep."""


class Alarm:
    """Calls ``ring`` once, at the time it is set to, on the running event loop."""

    def __init__(self, ring: Callable[[], None], *, now: Callable[[], datetime]) -> None:
        self._ring = ring
        self._now = now
        self._moment: datetime | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set(self, moment: datetime | None) -> None:
        """Ring at this time instead of at any set before. ``None``: do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._moment = moment
        if moment is not None:
            self._look()

    def _look(self) -> None:
        assert self._moment is not None, "an alarm that is not set does not look"
        left = (self._moment - self._now()).total_seconds()
        if left > 0:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(left, LOOK_EVERY), self._look)
        else:
            self._moment = self._timer = None
            self._ring()
