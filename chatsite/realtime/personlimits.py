"""How many frames each person may have stored, over all their connections to this process."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime.deadlines import Deadlines
from chatsite.realtime.ratelimit import TokenBucket


class PersonLimits:
    """A token bucket for each person, which all their connections share.

    A bucket outlives the connections, so that reconnecting does not fill it, and is removed when it
    would be full again. The clock is passed in, in seconds, and never runs backwards.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[int, TokenBucket] = {}
        self._until_full: Deadlines[int] = Deadlines(burst / rate)

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, user_id: int, *, now: float) -> bool:
        """Whether one more frame of the person may be carried out; if so it is counted."""
        for full in self._until_full.take_due(now=now):
            del self._buckets[full]
        bucket = self._buckets.get(user_id)
        if bucket is None:
            bucket = TokenBucket(rate=self._rate, burst=self._burst, now=now)
            self._buckets[user_id] = bucket
        self._until_full.put(user_id, now=now)
        return bucket.take(now)


_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, PersonLimits] = WeakKeyDictionary()


def get_person_limits() -> PersonLimits:
    """The limits of the people of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _limits:
        _limits[loop] = PersonLimits(
            rate=settings.STREAM_PERSON_RATE, burst=settings.STREAM_PERSON_BURST
        )
    return _limits[loop]
