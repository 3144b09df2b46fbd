"""``python -m tests.siege``: what one bad client, process or service does to the others."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.siege.assaults import ASSAULTS, played
from tests.siege.bystanders import Bystanders
from tests.siege.field import Scale, field
from tests.siege.report import quiet_line

QUIET = 10.0
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
    quiet: float = QUIET,
    scale: Scale = WHOLE,
) -> list[str]:
    """Play these; every fault."""
    faults: list[str] = []
    async with field(directory, seconds=seconds, scale=scale) as place, Bystanders(place) as others:
        others.take()
        await asyncio.sleep(quiet)
        at_rest = others.take()
        sys.stdout.write(f"{quiet_line(at_rest)}; {place.memory():.0f} MB\n")
        sys.stdout.flush()
        for name in names:
            outcome = await played(name, place, others, at_rest)
            sys.stdout.write(f"{outcome}\n")
            sys.stdout.flush()
            faults += outcome.faults()
    return faults


if __name__ == "__main__":
    sys.exit(main())
