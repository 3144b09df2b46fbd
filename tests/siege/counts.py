"""What came of many tries, in words."""

from __future__ import annotations

from collections import Counter


def tally(counts: Counter[str]) -> str:
    """Such as ``"57 x 4503, 3 x open"``."""
    return ", ".join(f"{count} x {what}" for what, count in counts.most_common()) or "nothing"
