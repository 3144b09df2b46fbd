"""One bucket for a person, however many connections they have."""

from __future__ import annotations

from chatsite.realtime.personlimits import PersonLimits

ALICE, BOB = 1, 2


def test_each_person_has_a_burst_then_the_rate_holds() -> None:
    limits = PersonLimits(rate=10, burst=50)
    assert sum(limits.take(ALICE, now=0) for _ in range(80)) == 50
    assert limits.take(BOB, now=0)
    assert sum(limits.take(ALICE, now=1) for _ in range(80)) == 10


def test_a_bucket_is_kept_until_it_would_be_full() -> None:
    limits = PersonLimits(rate=10, burst=50)
    for _ in range(50):
        limits.take(ALICE, now=0)
    assert sum(limits.take(ALICE, now=4.9) for _ in range(80)) == 49
    limits.take(BOB, now=9.8)
    assert len(limits) == 2
    limits.take(BOB, now=9.9)
    assert len(limits) == 1
    assert sum(limits.take(ALICE, now=9.9) for _ in range(80)) == 50
