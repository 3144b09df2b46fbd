"""Row 7: messages that are stored before anybody is told of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Collection
from contextlib import AsyncExitStack

from benchmarks.contenders import chatsite
from benchmarks.crowd import gathered
from benchmarks.machine import running_on
from benchmarks.message_loop import MessageLoop
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line, percentile
from benchmarks.stage import Stage
from tests.sites import PROJECT

WRITERS = 128
"""Messages outstanding at the highest rate, or as many as there are people."""

THREADS = 8
"""Of the minimal program: as many as this project's server has for the database."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    hot, pairs = stage.scale.hot, stage.scale.pairs
    one = Plan(people=hot, rooms=[list(range(hot))])
    many = Plan(people=2 * pairs, rooms=[[2 * pair, 2 * pair + 1] for pair in range(pairs)])
    return [
        *await _conversations(stage, one, f"messages, one conversation of {hot}"),
        *await _conversations(stage, many, f"messages, {pairs} conversations of two"),
    ]


async def _conversations(stage: Stage, plan: Plan, work: str) -> list[Line]:
    rates: list[float] = []
    plain: list[float] = []
    waits: list[float] = []
    scale = stage.scale
    async with AsyncExitStack() as stack:
        crowd = await gathered(stack, chatsite(stage, ["uvicorn"], plan))
        apart = max(1, plan.people // WRITERS)
        loop = MessageLoop(crowd, crowd.seats[::apart][:WRITERS])
        await loop.closed(scale.seconds / 2)
        for _ in range(scale.rounds):
            rates.append((await loop.closed(scale.seconds)).rate)
            with stage.redis() as redis_url:
                plain.append(_plain(stage, crowd.contender.database_url, redis_url))
        half = statistics.median(rates) / 2
        for _ in range(scale.rounds):
            said = await loop.steady(half, scale.seconds)
            waits.append(percentile(said.latencies_ms, 99))
    beside = Beside("plain INSERT + PUBLISH", plain)
    highest = What("7", f"{work}, at the most", "messages/s")
    p99 = What("7", f"{work}, at half of that", "p99 ms from sending to everyone told")
    return [
        line(highest, rates, beside=beside, target=Target(least=0.5, of_peer=True)),
        line(p99, waits, target=Target(most=50)),
    ]


def _plain(stage: Stage, database_url: str, redis_url: str) -> float:
    command = [sys.executable, "-m", "benchmarks.peers.plain", str(THREADS)]
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    with running_on(stage.cores.server()):
        done = subprocess.run(
            [*command, str(stage.scale.seconds)],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"the plain program failed:\n{done.stderr}"
    return float(done.stdout)
