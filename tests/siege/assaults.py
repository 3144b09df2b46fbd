"""All assaults, by name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from tests.siege import catchups, floods, fragments, groups, guesses, outages, pauses, pictures
from tests.siege.bystanders import Bystanders
from tests.siege.field import Field
from tests.siege.report import Bounds, Outcome, Stage

SAMPLES = 0.1
"""Seconds between two looks at the servers' memory."""


QUIET = "quiet"
"""When nothing is done: one stage, with which any is compared."""

Play = Callable[[Field], AsyncIterator[str]]
"""Does it, in one stage or several, and says at the end of each what the attacker did and saw."""


class Assault(msgspec.Struct, frozen=True):
    """Something that one client, process or service does to everybody."""

    play: Play
    bounds: Bounds = Bounds()
    beside: str = QUIET
    """What it is compared with, stage by stage: one that does the same but for the harm."""


NEWCOMERS = "newcomers"
AWAY = frozenset({"message", "page", "connect"})

ASSAULTS: Mapping[str, Assault] = {
    NEWCOMERS: Assault(catchups.asks_nothing, Bounds(slower=1000)),
    "catchups": Assault(catchups.asks_and_does_not_read, beside=NEWCOMERS),
    "resumes": Assault(catchups.resumes_and_does_not_read, beside=NEWCOMERS),
    "fragments": Assault(fragments.never_finishes),
    "fragments-unsigned": Assault(fragments.never_finishes_nor_signs_in),
    "floods": Assault(floods.writes_over_fifty_connections),
    "floods-idle": Assault(floods.goes_idle_over_fifty_connections),
    "floods-reactions": Assault(floods.reacts_over_fifty_connections),
    "floods-unread": Assault(floods.marks_unread_over_fifty_connections),
    "floods-resent": Assault(floods.resends_over_fifty_connections),
    "groups": Assault(groups.makes_large_ones),
    "pictures": Assault(pictures.uploads_bombs, Bounds(megabytes=800)),
    "guesses": Assault(guesses.guesses_passwords, Bounds(slower=3)),
    "paused": Assault(pauses.stops_a_server_that_holds_locks, Bounds(slower=1000)),
    "database": Assault(outages.takes_the_database_away, Bounds(slower=1000, refuses=AWAY)),
    "redis": Assault(outages.takes_redis_away, Bounds(slower=1000, refuses=AWAY)),
}


async def stages_of(place: Field, others: Bystanders, play: Play) -> list[Stage]:
    """Let it be played while others go on."""
    stages: list[Stage] = []
    others.take()
    began, computed = time.monotonic(), place.cpu()
    async for said in play(place):
        now, cpu = time.monotonic(), place.cpu()
        stages.append(
            Stage(said=said, seconds=now - began, cpu=cpu - computed, waits=others.take())
        )
        began, computed = now, cpu
    return stages


async def played(
    name: str, place: Field, others: Bystanders, known: Mapping[str, Sequence[Stage]]
) -> Outcome:
    """Play it, and wait until all is well again. ``known`` are the stages of those before it."""
    assault = ASSAULTS[name]
    before = place.memory()
    peak = [before]
    watch = asyncio.create_task(_watches(place, peak))
    try:
        stages = await stages_of(place, others, assault.play)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    return Outcome(
        name=name,
        stages=stages,
        megabytes=max(peak) - before,
        recovery=await others.recovery(),
        beside=[*known[QUIET]] * len(stages) if assault.beside == QUIET else known[assault.beside],
        bounds=assault.bounds,
    )


async def _watches(place: Field, peak: list[float]) -> None:
    while True:
        peak.append(place.memory())
        await asyncio.sleep(SAMPLES)
