"""Row 4: everybody comes at once, as after the restart of a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import msgspec

from benchmarks.contenders import Contender, chatsite, tutorial
from benchmarks.crowd import PATIENCE, Crowd, Seat
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line
from benchmarks.stage import Stage
from benchmarks.turns import in_turn

SIZE = 5
"""People in each conversation."""

AT_ONCE = 500
"""Connections under way at the same time."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    people, each = stage.scale.storm, stage.scale.conversations
    plan = Plan(people=people, rooms=ring(people, each))
    async with AsyncExitStack() as stack:
        site = stack.enter_context(
            chatsite(stage, ["uvicorn"], plan, settings={"PRESENCE_GRACE": "100"})
        )
        peer = stack.enter_context(tutorial(stage, plan))
        arrival = await _storm(site)
        turns = {"site": partial(_storm, site), "tutorial": partial(_come, peer)}
        came = await in_turn(turns, stage.scale.rounds)
    work = f"{people} people with {each} conversations each"
    unit = "people/s"
    return [
        line(
            What("4", f"{work} come back", unit),
            came["site"],
            beside=Beside("Channels tutorial, AuthMiddlewareStack", came["tutorial"]),
            target=Target(least=1, of_peer=True),
        ),
        line(What("4", f"{work} come for the first time", unit), [arrival]),
    ]


def ring(people: int, each: int) -> list[list[int]]:
    """Conversations of ``SIZE``, in as many as ``each`` of which everybody is; those who share
    one share some more."""
    return [
        sorted({(first + step * SIZE**power) % people for step in range(SIZE)})
        for power in range(max(1, each // SIZE))
        for first in range(people)
    ]


async def _come(contender: Contender) -> float:
    """How many a second connect, until the last has; then they leave."""
    crowd = Crowd(contender)
    began = time.perf_counter()
    await crowd.connect(range(contender.plan.people), at_once=AT_ONCE)
    seconds = time.perf_counter() - began
    await crowd.leave()
    await asyncio.sleep(1)
    return contender.plan.people / seconds


async def _storm(contender: Contender) -> float:
    """The same, until the last has its ``ready`` and knows everybody around who is there."""
    crowd = Crowd(contender)
    watch = _Watch(crowd)
    began = time.perf_counter()
    await crowd.connect(range(contender.plan.people), at_once=AT_ONCE)
    await asyncio.wait_for(watch.everybody_knows(), PATIENCE)
    seconds = time.perf_counter() - began
    await crowd.settle()
    await crowd.leave()
    await asyncio.sleep(1)
    return contender.plan.people / seconds


class _Watch:
    """What the people of a crowd know of those around them."""

    def __init__(self, crowd: Crowd) -> None:
        contender = crowd.contender
        ids = contender.made.user_ids
        self._unknown: dict[int, set[int]] = {}
        for person, rooms in contender.rooms.items():
            around = {other for room in rooms for other in contender.plan.rooms[room]}
            self._unknown[person] = {ids[other] for other in around - {person}}
        self._ignorant = sum(1 for unknown in self._unknown.values() if unknown)
        self._done = asyncio.Event()
        self._greeted = crowd.hear
        crowd.hear = self._hear

    async def everybody_knows(self) -> None:
        """Return once nobody misses anybody."""
        await self._done.wait()

    def _hear(self, seat: Seat, text: bytes) -> None:
        self._greeted(seat, text)
        unknown = self._unknown[seat.person]
        if not unknown:
            return
        for event in _events.decode(text):
            if event.type == "presence" and event.presenceStatus == "online":
                unknown.discard(event.senderId)
        if not unknown:
            self._ignorant -= 1
            if not self._ignorant:
                self._done.set()


class _Event(msgspec.Struct):
    """As much of an event as is looked at."""

    type: str
    senderId: int = 0  # noqa: N815 (as it is on the wire)
    presenceStatus: str = ""  # noqa: N815


_events: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[_Event])
