"""What one person may use in an hour."""

from __future__ import annotations

from conversations.budgets import HOUR, Budget

ALICE, BOB = 1, 2
ONE_A_SECOND = HOUR


def test_what_was_used_comes_back_within_the_hour() -> None:
    budget = Budget(ONE_A_SECOND)
    assert budget.take(ALICE, 3000, now=0) == 0
    assert budget.take(ALICE, 900, now=0) == 300
    assert budget.take(BOB, 3600, now=0) == 0
    assert budget.take(ALICE, 900, now=240) == 60
    assert budget.take(ALICE, 900, now=300) == 0
    assert budget.take(ALICE, 3600, now=300 + 3600) == 0


def test_whoever_used_nothing_may_have_one_that_is_larger_than_all_of_it() -> None:
    budget = Budget(ONE_A_SECOND)
    assert budget.take(ALICE, 3660, now=0) == 0
    assert budget.take(ALICE, 60, now=0) == 120
