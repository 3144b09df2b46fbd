"""``python -m tests.siege``: what one bad client, process or service does to the others."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from tests.siege.assaults import ASSAULTS, QUIET, Play, played, stages_of
from tests.siege.bystanders import Bystanders
from tests.siege.field import Field, Scale, field
from tests.siege.report import Stage

REST = 15.0
"""Seconds for which others are measured while all is quiet."""

WHOLE = Scale()


def main() -> int:
    """Play the assaults one after the other, print what each did, and every fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.siege", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="assault", help=", ".join(ASSAULTS))
    parser.add_argument("--seconds", type=float, default=15, help="of those without an own end")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(ASSAULTS):
        parser.error(f"no such assault: {', '.join(sorted(unknown))}")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="chatsite-siege-") as directory:
        names = asked.names or list(ASSAULTS)
        faults = asyncio.run(besieged(Path(directory), names, seconds=asked.seconds))
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


async def besieged(
    directory: Path,
    names: Sequence[str],
    *,
    seconds: float,
    quiet: float = REST,
    scale: Scale = WHOLE,
) -> list[str]:
    """Play these, each after what it is compared with; every fault."""
    faults: list[str] = []
    known: dict[str, Sequence[Stage]] = {}
    async with field(directory, seconds=seconds, scale=scale) as place, Bystanders(place) as others:
        known[QUIET] = await stages_of(place, others, at_rest(quiet))
        _tell(f"{QUIET}: {place.memory():.0f} MB\n    {known[QUIET][0]}")
        for name in in_order(names):
            outcome = await played(name, place, others, known)
            known[name] = outcome.stages
            faults += outcome.faults()
            _tell(str(outcome))
    return faults


def in_order(names: Iterable[str]) -> list[str]:
    """These, and before each what it is compared with, none of them twice."""
    wanted = [one for name in names for one in (ASSAULTS[name].beside, name)]
    return list(dict.fromkeys(one for one in wanted if one != QUIET))


def at_rest(seconds: float) -> Play:
    """Nothing is done for so long."""

    async def play(_: Field) -> AsyncIterator[str]:
        await asyncio.sleep(seconds)
        yield "nothing is done"

    return play


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
