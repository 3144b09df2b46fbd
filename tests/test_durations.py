"""A duration says the same wherever it is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatsite.adminlists import distance
from chatsite.durations import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.1, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (121, "3 min"),
        (7200, "2 h"),
        (2 * 86_400, "2 d"),
    ],
)
def test_a_duration_is_said_in_words(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("seconds", [1, 61.5, 150, 3150, 8000, 100_000, 1_000_000])
def test_a_distance_is_that_duration_in_either_direction(seconds: float) -> None:
    away = timedelta(seconds=seconds)
    assert distance(away) == f"in {in_words(away)}"
    assert distance(-away) == f"{in_words(away)} ago"
