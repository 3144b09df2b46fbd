"""``python -m tests.chaos --seconds 600 --seed 7``: as long as you like, and what came of it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import storm


def main() -> int:
    """Run it, print the report, and every fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--people", type=int, default=6)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    with tempfile.TemporaryDirectory(prefix="chatsite-chaos-") as directory:
        run = storm(Path(directory), seed=asked.seed, seconds=asked.seconds, people=asked.people)
        report = asyncio.run(run)
    sys.stdout.write("".join(f"{line}\n" for line in [*report.faults, *report.late, report]))
    return 1 if report.faults or report.late else 0


if __name__ == "__main__":
    sys.exit(main())
