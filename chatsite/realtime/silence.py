"""Noticing that a connection has gone silent: one timer, set anew when it fires."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from django.conf import settings

SECOND_LOOK = 0.25
"""Seconds between the end of ``PRESENCE_TIMEOUT`` and closing. The timers of a process that was
stopped fire before it has read what came meanwhile; it reads that first, and then checks again."""


class Silence:
    """How long one connection has sent nothing, on the running event loop."""

    def __init__(self, too_long: Callable[[], None]) -> None:
        """``too_long`` is called once, after ``PRESENCE_TIMEOUT`` without a frame."""
        self._too_long = too_long
        self.heard_at = time.monotonic()
        """When the last frame came, or the connection began, on the monotonic clock."""
        self._timer: asyncio.TimerHandle
        self._watch()

    @property
    def is_too_long(self) -> bool:
        """Whether ``PRESENCE_TIMEOUT`` has passed without a frame."""
        return self._left() <= 0

    def heard(self) -> None:
        """A frame came in."""
        self.heard_at = time.monotonic()

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _watch(self) -> None:
        left = self._left()
        loop = asyncio.get_running_loop()
        if left > 0:
            self._timer = loop.call_later(left, self._watch)
        else:
            # After what has been read by then is handled.
            self._timer = loop.call_later(SECOND_LOOK, loop.call_soon, self._look_again)

    def _look_again(self) -> None:
        if self.is_too_long:
            self._too_long()
        else:
            self._watch()

    def _left(self) -> float:
        """Seconds until the silence is too long."""
        return self.heard_at + settings.PRESENCE_TIMEOUT - time.monotonic()
