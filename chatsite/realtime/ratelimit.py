"""How many frames a connection may send: a token bucket."""

from __future__ import annotations


class TokenBucket:
    """Lets ``burst`` frames through at once, and ``rate`` a second after that.

    The clock is passed in as seconds from any origin.
    """

    __slots__ = ("_burst", "_rate", "_tokens", "_updated")

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._updated = now

    def take(self, now: float) -> bool:
        """Whether one more frame is allowed at ``now``; if so it is counted."""
        refill = max(0.0, now - self._updated) * self._rate
        self._tokens = min(self._burst, self._tokens + refill)
        self._updated = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
