"""Measure this project beside others, in one run on one machine.

script/bench                    # all rows, about a quarter of an hour
script/bench --quick            # about a minute
script/bench --rows 1,3 --json
script/bench --write            # and put the table into docs/performance.md
script/bench growth --write     # how costs grow, and plots of that
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Collection

import msgspec
import uvloop

from benchmarks import growth, million, report
from benchmarks.machine import describe, raise_open_files
from benchmarks.results import Line, table_of
from benchmarks.rows import (
    fanout,
    heartbeats,
    memory,
    messages,
    presence,
    processes,
    quiet,
    storm,
    sweeps,
)
from benchmarks.scale import FULL, QUICK, TINY, Scale
from benchmarks.stage import Stage, staged

Measure = Callable[[Stage, Collection[str]], Awaitable[list[Line]]]

SCENES: list[tuple[set[str], Measure]] = [
    ({"1", "2"}, fanout.measure),
    ({"3"}, memory.measure),
    ({"4"}, storm.measure),
    ({"5"}, heartbeats.measure),
    ({"6"}, sweeps.measure),
    ({"7"}, messages.measure),
    ({"8"}, quiet.measure),
    ({"9"}, presence.measure),
    ({"10"}, processes.measure),
]
"""Rows, and what measures them."""

ROWS = ",".join(str(number) for number in range(1, 11))


def main() -> None:
    """Do what the command line asks for."""
    asked = _asked()
    logging.disable(logging.INFO)
    raise_open_files()
    with (
        staged(_scale(asked), with_socketio=not asked.without_socketio) as stage,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        if asked.what == "growth":
            runner.run(growth.measure(stage, write=asked.write))
        else:
            _say(asked, stage, runner.run(_measure(stage, set(asked.rows.split(",")))))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=["rows", "growth"], default="rows")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="less of everything")
    size.add_argument("--tiny", action="store_true", help="only to see whether it works")
    parser.add_argument("--rows", default=ROWS, help="such as 1,3")
    parser.add_argument("--json", action="store_true", help="instead of the table")
    parser.add_argument("--write", action="store_true", help="into docs/")
    parser.add_argument("--without-socketio", action="store_true")
    return parser.parse_args()


def _scale(asked: argparse.Namespace) -> Scale:
    if asked.tiny:
        return TINY
    return QUICK if asked.quick else FULL


async def _measure(stage: Stage, wanted: set[str]) -> list[Line]:
    lines: list[Line] = []
    for rows, measure in SCENES:
        if rows & wanted:
            began = time.perf_counter()
            lines += await measure(stage, rows & wanted)
            took = time.perf_counter() - began
            print(f"row {', '.join(sorted(rows & wanted))}: {took:.0f} s", file=sys.stderr)
    return lines


def _say(asked: argparse.Namespace, stage: Stage, lines: list[Line]) -> None:
    machine = describe(stage.without_socketio)
    if asked.json:
        print(msgspec.json.encode({"machine": machine, "lines": lines}).decode())
    else:
        print(f"{machine}\n\n{table_of(lines)}")
        print(million.text_of(lines))
    if asked.write:
        report.write("bench", f"{machine}\n\n{table_of(lines)}")
        report.write("million", million.text_of(lines))


if __name__ == "__main__":
    main()
