"""All assaults, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec

from tests.siege import catchups, floods, fragments, groups, guesses, outages, pauses, pictures
from tests.siege.bystanders import Bystanders, Waits
from tests.siege.field import Field
from tests.siege.report import NOISE, Bounds, Outcome

SAMPLES = 0.1
"""Seconds between two looks at the servers' memory."""


class Assault(msgspec.Struct, frozen=True):
    """Something that one client, process or service does to everybody."""

    play: Callable[[Field], Awaitable[str]]
    """Does it, and says what the attacker saw."""
    bounds: Bounds = Bounds()


AWAY = frozenset({"message", "page", "connect"})

ASSAULTS: Mapping[str, Assault] = {
    "catchups": Assault(catchups.asks_and_does_not_read),
    "resumes": Assault(catchups.resumes_and_does_not_read),
    "fragments": Assault(fragments.never_finishes),
    "fragments-unsigned": Assault(fragments.never_finishes_nor_signs_in),
    "floods": Assault(floods.writes_over_fifty_connections),
    "groups": Assault(groups.makes_large_ones),
    "pictures": Assault(pictures.uploads_bombs, Bounds(megabytes=800)),
    "guesses": Assault(guesses.guesses_passwords, Bounds(slower=3)),
    "paused": Assault(pauses.stops_a_server_that_holds_locks, Bounds(slower=1000)),
    "database": Assault(outages.takes_the_database_away, Bounds(slower=1000, refuses=AWAY)),
    "redis": Assault(outages.takes_redis_away, Bounds(slower=1000, refuses=AWAY)),
}


async def played(
    name: str, place: Field, others: Bystanders, quiet: Mapping[str, Waits]
) -> Outcome:
    """Let it be played while others go on."""
    assault = ASSAULTS[name]
    others.take()
    before = place.memory()
    peak = [before]
    watch = asyncio.create_task(_watches(place, peak))
    try:
        said = await assault.play(place)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    waits = others.take()
    recovery = await others.rounds_until(lambda now: _are_well(now, quiet))
    return Outcome(
        name=name,
        said=said,
        megabytes=max(peak) - before,
        recovery=recovery,
        waits=waits,
        quiet=quiet,
        bounds=assault.bounds,
    )


async def _watches(place: Field, peak: list[float]) -> None:
    while True:
        peak.append(place.memory())
        await asyncio.sleep(SAMPLES)


def _are_well(now: Mapping[str, Waits], quiet: Mapping[str, Waits]) -> bool:
    """Whether nothing fails, and nothing takes much longer than when all is quiet."""
    return all(
        not waits.failures and max(waits.times) <= max(4 * NOISE, 2 * quiet[kind].percentile(0.99))
        for kind, waits in now.items()
    )
