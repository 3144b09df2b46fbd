"""Row 8: one event in a quiet moment, from one screen to the other."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial

from benchmarks.contenders import Contender, chatsite, socketio, tutorial
from benchmarks.crowd import Crowd, gathered
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line, percentile
from benchmarks.stage import Stage
from benchmarks.turns import in_turn
from benchmarks.typing_loop import TypingLoop

PAUSE = (0.01, 0.03)
"""Seconds between events, by chance: longer than events are joined for."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    async with AsyncExitStack() as stack:
        crowds = {
            name: await gathered(stack, launch()) for name, launch in _contestants(stage).items()
        }
        events = max(1, stage.scale.quiet_events // stage.scale.rounds)
        turns = {name: partial(_latencies, crowd, events) for name, crowd in crowds.items()}
        waits = await in_turn(turns, stage.scale.rounds)
    lines: list[Line] = []
    for percent, most in ((50, 3), (99, 10)):
        what = What("8", "one quiet event, N = 2, client to client", f"p{percent} ms")
        ranks = {name: [percentile(one, percent) for one in all_] for name, all_ in waits.items()}
        peer = Beside("Socket.IO + Redis", ranks.get("socketio", []))
        tutorial = Beside("Channels tutorial", ranks["tutorial"])
        lines += [
            line(what, ranks["uvicorn"], beside=peer, target=Target(most=most)),
            line(what, ranks["uvicorn"], beside=tutorial),
        ]
        if "daphne" in ranks:
            under = What("8", f"{what.work}, under daphne", what.unit)
            lines.append(line(under, ranks["daphne"], beside=tutorial))
    return lines


def _contestants(stage: Stage) -> dict[str, Callable[[], AbstractContextManager[Contender]]]:
    plan = Plan(people=2, rooms=[[0, 1]])
    launches: dict[str, Callable[[], AbstractContextManager[Contender]]] = {
        "uvicorn": partial(chatsite, stage, ["uvicorn"], plan),
        "tutorial": partial(tutorial, stage, plan),
    }
    if stage.scale.daphne:
        launches["daphne"] = partial(chatsite, stage, ["daphne"], plan)
    if stage.without_socketio is None:
        launches["socketio"] = partial(socketio, stage, plan)
    return launches


async def _latencies(crowd: Crowd, events: int) -> list[float]:
    """Milliseconds from sending each event until everybody was told."""
    loop = TypingLoop(crowd, crowd.seats[:1])
    waits: list[float] = []
    for _ in range(events):
        began = time.perf_counter()
        await loop.once()
        waits.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(random.uniform(*PAUSE))  # noqa: S311 (only to be irregular)
    return waits
