"""A short run in every run of the tests, always of the same faults. Others are found by hand:
``python -m tests.chaos``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos.storm import storm

SECONDS = 10


@pytest.mark.timeout(180)
async def test_nothing_is_lost_doubled_reordered_or_seen_by_who_should_not(tmp_path: Path) -> None:
    report = await storm(tmp_path, seed="the same each time", seconds=SECONDS)
    sys.stdout.write(f"{report}\n")
    assert not report.faults, "\n".join([str(report), *report.faults])
    assert report.messages > 0
    assert report.waits > 0
