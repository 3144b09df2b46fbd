"""Row 6: those whose process was killed are settled, among many who are well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection

import msgspec

from benchmarks.machine import running_on
from benchmarks.results import Line, Target, What, line
from benchmarks.stage import Stage
from tests.sites import PROJECT


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines, by ``benchmarks.sweep``."""
    scale = stage.scale
    counts = ["--people", str(scale.people), "--stale", str(scale.stale)]
    command = [sys.executable, "-m", "benchmarks.sweep", "--json", *counts]
    every = stage.cores.server() | stage.cores.services
    with running_on(every):
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the sweep could not be measured:\n{done.stderr}"
    kinds: list[dict[str, float | str]] = msgspec.json.decode(done.stdout)
    work = f"sweep, {scale.people:,} people, {scale.stale:,} stale"
    return [
        line(
            What("6", f"{work}: {kind['name']}", "seconds"),
            [float(kind["seconds"])],
            target=Target(most=3),
        )
        for kind in kinds
    ]
