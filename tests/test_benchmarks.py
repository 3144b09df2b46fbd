"""The programs that measure run, and what they measure happens."""

from __future__ import annotations

import subprocess
import sys

import pytest

STALE = 20


@pytest.mark.timeout(180)
def test_the_sweep_benchmark_settles_everybody_it_made_stale() -> None:
    command = [sys.executable, "-m", "benchmarks.sweep", "--people", "200", "--stale", str(STALE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if "|" in line]
    went_offline = {row[0]: row[3] for row in rows[2:]}
    assert went_offline == {
        "their process was killed": str(STALE),
        "their grace passed": str(STALE),
        "no heartbeat, no connection": str(STALE),
        "nobody is stale": "0",
    }
