"""How many frames a connection may send, and when it is closed for sending more."""

from __future__ import annotations

from enum import Enum, auto

from django.conf import settings

from chatsite.realtime.ratelimit import TokenBucket

FLOOD_PATIENCE = 10
"""A connection may have a tenth of ``STREAM_RATE`` of its frames dropped for any time, and
``STREAM_BURST`` of them at once. A flood that goes on is closed."""


class Verdict(Enum):
    """What happens to a frame."""

    TAKEN = auto()
    REFUSED = auto()
    """It came too soon, and is dropped."""
    FLOOD = auto()
    """Too many were dropped: the connection is to be closed."""


class FloodGate:
    """The frames of one connection, counted. ``now`` is in seconds on the monotonic clock."""

    __slots__ = ("_bucket", "_patience")

    def __init__(self, *, now: float) -> None:
        rate, burst = settings.STREAM_RATE, settings.STREAM_BURST
        self._bucket = TokenBucket(rate=rate, burst=burst, now=now)
        self._patience = TokenBucket(rate=rate / FLOOD_PATIENCE, burst=burst, now=now)

    def judge(self, *, now: float) -> Verdict:
        """Count one more frame."""
        if self._bucket.take(now):
            return Verdict.TAKEN
        return Verdict.REFUSED if self._patience.take(now) else Verdict.FLOOD
