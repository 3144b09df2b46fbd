"""Durations in words, by one rule wherever they are shown."""

from __future__ import annotations

import math
from datetime import timedelta


def in_words(duration: timedelta) -> str:
    """Such as "31 s", "20 min", "3 h" or "2 d": never less than it is."""
    seconds = max(0, math.ceil(duration.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 120 * 60:
        return f"{math.ceil(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{math.ceil(seconds / 3600)} h"
    return f"{math.ceil(seconds / 86_400):,} d"
