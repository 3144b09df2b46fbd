"""Row 3: what an idle connection holds of the server's memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial

from benchmarks.contenders import Contender, chatsite, socketio, tutorial
from benchmarks.crowd import Crowd
from benchmarks.machine import memory_kb
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line
from benchmarks.stage import Stage

ROOM = 10
"""People in each conversation. Everybody is in one."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    what = What("3", f"idle connections, N = {stage.scale.idle}", "KB of memory a connection")
    rest = stage.scale.rest
    kb = {
        name: [await _kb_per_connection(launch, rest)]
        for name, launch in _contestants(stage).items()
    }
    peer = Beside("Socket.IO + Redis", kb.get("socketio", []))
    return [
        line(what, kb["uvicorn"], beside=peer, target=Target(most=1, of_peer=True)),
        line(what, kb["uvicorn"], beside=Beside("Channels tutorial", kb["tutorial"])),
        *(
            line(What("3", f"{what.work}, under daphne", what.unit), numbers)
            for name, numbers in kb.items()
            if name == "daphne"
        ),
    ]


def _contestants(stage: Stage) -> dict[str, Callable[[], AbstractContextManager[Contender]]]:
    people = stage.scale.idle
    rooms = [list(range(first, min(first + ROOM, people))) for first in range(0, people, ROOM)]
    plan = Plan(people=people, rooms=rooms)
    launches: dict[str, Callable[[], AbstractContextManager[Contender]]] = {
        "uvicorn": partial(chatsite, stage, ["uvicorn"], plan),
        "tutorial": partial(tutorial, stage, plan),
    }
    if stage.scale.daphne:
        launches["daphne"] = partial(chatsite, stage, ["daphne"], plan)
    if stage.without_socketio is None:
        launches["socketio"] = partial(socketio, stage, plan)
    return launches


async def _kb_per_connection(
    launch: Callable[[], AbstractContextManager[Contender]], rest: float
) -> float:
    """The growth from a tenth of the connections to all: a server's first ones load and prepare
    what is not theirs alone."""
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack.enter_context(launch()))
        stack.push_async_callback(crowd.leave)
        people = crowd.contender.plan.people
        first = max(1, people // 10)
        before = await _memory_with(crowd, range(first), rest)
        after = await _memory_with(crowd, range(first, people), rest)
        return (after - before) / (people - first)


async def _memory_with(crowd: Crowd, people: Collection[int], rest: float) -> int:
    await crowd.connect(people)
    await crowd.settle()
    await asyncio.sleep(rest)
    return sum(map(memory_kb, crowd.contender.pids))
