"""Row 10: several processes, and several Redis, for conversations that cross them all."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack

import redis

from benchmarks.contenders import Contender, chatsite
from benchmarks.crowd import gathered
from benchmarks.machine import cpu_seconds
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, What, line
from benchmarks.rows.fanout import cpus, rates
from benchmarks.stage import Stage
from benchmarks.typing_loop import Tally, TypingLoop

ROOM = 50
"""People in each conversation; one of each types."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines. On few cores the processes share one: then look at the CPU they take."""
    size = min(ROOM, stage.scale.room)
    people = stage.scale.room // size * size
    plan = Plan(people=people, rooms=[list(range(at, at + size)) for at in range(0, people, size)])
    shapes = [(processes, 1) for processes in stage.scale.processes]
    if stage.scale.shards > 1:
        shapes.append((stage.scale.processes[-1], stage.scale.shards))
    lines: list[Line] = []
    first: tuple[list[Tally], list[float]] | None = None
    for processes, shards in shapes:
        tallies, broker = await _run(stage, plan, processes, shards)
        first = first or (tallies, broker)
        work = f"{len(plan.rooms)} conversations of {size}, {processes} uvicorn, {shards} Redis"
        lines += [
            _line(work, "deliveries/s", rates(tallies), rates(first[0])),
            _line(work, "all servers' CPU µs a delivery", cpus(tallies), cpus(first[0])),
            _line(work, "all Redis' CPU µs a delivery", broker, first[1]),
        ]
    return lines


def _line(work: str, unit: str, ours: list[float], alone: list[float]) -> Line:
    return line(What("10", work, unit), ours, beside=Beside("one process", alone))


async def _run(
    stage: Stage, plan: Plan, processes: int, shards: int
) -> tuple[list[Tally], list[float]]:
    async with AsyncExitStack() as stack:
        kinds = ["uvicorn"] * processes
        crowd = await gathered(stack, chatsite(stage, kinds, plan, shards=shards))
        loop = TypingLoop(crowd, [crowd.seats[room[0]] for room in plan.rooms])
        await loop.run(stage.scale.seconds)
        tallies: list[Tally] = []
        broker: list[float] = []
        for _ in range(stage.scale.rounds):
            before = _broker_cpu(crowd.contender)
            tally = await loop.run(stage.scale.seconds)
            tallies.append(tally)
            used = _broker_cpu(crowd.contender) - before
            broker.append(used / max(1, tally.deliveries) * 1e6)
        return tallies, broker


def _broker_cpu(contender: Contender) -> float:
    total = 0.0
    for url in contender.redis_urls:
        with redis.Redis.from_url(url) as client:
            total += cpu_seconds(client.info("server")["process_id"])
    return total
