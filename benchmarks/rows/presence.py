"""Row 9: someone with many viewers, who share several conversations with them, changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from typing import Any

import redis

from benchmarks.contenders import Contender, chatsite
from benchmarks.crowd import PATIENCE, Crowd, Seat
from benchmarks.people import Plan
from benchmarks.results import Line, Target, What, line
from benchmarks.stage import Stage

ALL = {"PRESENCE_MAX_AUDIENCE": "100000"}
"""However large a conversation is, all of it is told."""

SHARED = 5
"""Conversations that each viewer shares with the one who changes."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    viewers = stage.scale.viewers
    everybody = list(range(viewers + 1))
    # The viewers appear offline, so that nobody but the one in question changes.
    plan = Plan(people=viewers + 1, rooms=[everybody] * SHARED, unseen=everybody[1:])
    async with AsyncExitStack() as stack:
        launch = chatsite(stage, ["uvicorn"], plan, settings=ALL)
        crowd = Crowd(stack.enter_context(launch))
        stack.push_async_callback(crowd.leave)
        await crowd.connect(everybody)
        await crowd.settle()
        changes = [await _Change(crowd, status).run() for status in _statuses(stage)]
    work = f"a status change before {viewers} viewers, {SHARED} conversations shared"
    publishes = [change.publishes for change in changes]
    frames = [change.frames / viewers for change in changes]
    return [
        # One for each conversation, and two for their own other devices.
        line(What("9", work, "publishes"), publishes, target=Target(most=SHARED + 2)),
        line(What("9", work, "frames a viewer"), frames, target=Target(most=1)),
        line(What("9", work, "ms until all are told"), [change.ms for change in changes]),
        line(What("9", work, "server's CPU ms"), [change.cpu_ms for change in changes]),
    ]


def _statuses(stage: Stage) -> list[str]:
    return ["busy", "online"] * max(2, stage.scale.rounds)


class _Change:
    """One change, by the first of the crowd, and what the others are told."""

    publishes = 0.0
    frames = 0
    ms = 0.0
    cpu_ms = 0.0

    def __init__(self, crowd: Crowd, status: str) -> None:
        self._crowd = crowd
        self._status = status
        self._missing = {seat.person for seat in crowd.seats[1:]}
        self._told = asyncio.Event()

    async def run(self) -> _Change:
        """Change, wait until all are told, and a little longer for what is said twice."""
        contender = self._crowd.contender
        self._crowd.hear = self._hear
        publishes, cpu = _publishes(contender), contender.cpu_seconds()
        began = time.perf_counter()
        frame = f'{{"type":"presence","presenceStatus":"{self._status}"}}'
        self._crowd.seats[0].say(frame.encode())
        await asyncio.wait_for(self._told.wait(), PATIENCE)
        self.ms = (time.perf_counter() - began) * 1000
        await asyncio.sleep(0.1)
        self.cpu_ms = (contender.cpu_seconds() - cpu) * 1000
        self.publishes = _publishes(contender) - publishes
        self._crowd.rest()
        return self

    def _hear(self, seat: Seat, text: bytes) -> None:
        if seat is self._crowd.seats[0]:
            return
        self.frames += 1
        if self._status.encode() in text:
            self._missing.discard(seat.person)
            if not self._missing:
                self._told.set()


def _publishes(contender: Contender) -> int:
    """Publishes so far, by command or by script."""
    total = 0
    for url in contender.redis_urls:
        with redis.Redis.from_url(url) as client:
            statistics: dict[str, Any] = client.info("commandstats")
        total += statistics.get("cmdstat_publish", {"calls": 0})["calls"]
    return total
