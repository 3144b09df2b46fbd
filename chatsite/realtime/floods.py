"""How many frames a connection may send, and when it is given up for sending more."""

from __future__ import annotations

from enum import Enum, auto

from django.conf import settings

from chatsite.realtime.ratelimit import TokenBucket

FLOOD_PATIENCE = 10
"""Of dropped frames, a tenth of ``STREAM_RATE`` is put up with for ever, and as many at once as
``STREAM_BURST`` says. A flood that goes on is closed."""


class Verdict(Enum):
    """What becomes of a frame."""

    TAKEN = auto()
    REFUSED = auto()
    """It comes too soon, and is dropped."""
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
