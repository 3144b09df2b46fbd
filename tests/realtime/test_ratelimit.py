"""The token bucket."""

from __future__ import annotations

from chatsite.realtime.ratelimit import TokenBucket


def test_a_burst_passes_then_the_rate_holds() -> None:
    bucket = TokenBucket(rate=20, burst=100, now=0)
    assert sum(bucket.take(0) for _ in range(150)) == 100
    assert sum(bucket.take(1) for _ in range(50)) == 20


def test_a_clock_set_back_gives_nothing_and_takes_nothing() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=100)
    assert bucket.take(100)
    assert not bucket.take(50)
    assert bucket.take(51)
