"""Row 5: what it costs that clients say that they are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import psycopg

from benchmarks.contenders import Contender, chatsite
from benchmarks.crowd import PATIENCE, Crowd, Seat, gathered
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line
from benchmarks.rows.memory import ROOM
from benchmarks.stage import Stage

HASTE = 10
"""Every interval is divided by it, so that a minute lasts six seconds."""

HASTY = {
    "HEARTBEAT_INTERVAL": "3",
    "PRESENCE_LEASE_INTERVAL": "1",
    "PRESENCE_SWEEP_INTERVAL": "3",
}

LATE = 1.2
"""Seconds after which what a process of PostgreSQL did is known to others."""

HEARTBEAT = b'{"type":"presence"}'

COUNT_WRITES = """
CREATE SEQUENCE written;
CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM nextval('written'); RETURN NULL; END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TRIGGER count_writes AFTER INSERT OR UPDATE OR DELETE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION count_write()', name);
    END LOOP;
END $$;
"""
"""Each statement that writes is counted as it happens, those that find no row too."""


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The row's lines."""
    few, many = stage.scale.connections
    costs: list[float] = []
    sql: list[float] = []
    writes: dict[int, float] = {}
    for connections in (few, many):
        async with AsyncExitStack() as stack:
            rooms = [
                list(range(first, min(first + ROOM, connections)))
                for first in range(0, connections, ROOM)
            ]
            plan = Plan(people=connections, rooms=rooms)
            crowd = await gathered(stack, chatsite(stage, ["uvicorn"], plan, settings=HASTY))
            writes[connections] = await _writes_a_minute(crowd, stage.scale.window)
            if connections == many:
                for _ in range(stage.scale.rounds):
                    beats = await _Beats(crowd).run(stage.scale.seconds)
                    costs.append(beats.cpu_us)
                    sql.append(beats.transactions)
    what = What("5", "a heartbeat", "server's CPU µs")
    growth = What("5", f"SQL writes, {many} connections", "a process and minute")
    return [
        line(what, costs, target=Target(most=30)),
        line(What("5", "a heartbeat", "transactions"), sql, target=Target(most=0.01)),
        line(
            growth,
            [writes[many]],
            beside=Beside(f"{few} connections", [writes[few]]),
            target=Target(most=1.1, of_peer=True),
        ),
    ]


async def _writes_a_minute(crowd: Crowd, window: float) -> float:
    """Statements that write while everybody sends a heartbeat when it is due."""
    with psycopg.connect(crowd.contender.database_url, autocommit=True) as database:
        database.execute(COUNT_WRITES)
        began = time.perf_counter()
        while time.perf_counter() - began < window:
            for seat in crowd.seats:
                seat.say(HEARTBEAT)
            await asyncio.sleep(min(3.0, window))
        row: Any = database.execute("SELECT last_value, is_called FROM written").fetchone()
        seconds = time.perf_counter() - began
        database.execute("DROP FUNCTION count_write CASCADE")
    return int(row[0]) * bool(row[1]) / seconds * 60 / HASTE


class Beaten(msgspec.Struct, frozen=True):
    """What heartbeats cost, each."""

    cpu_us: float
    transactions: float


class _Beats:
    """Each client sends its next heartbeat when the last was answered."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._answers = 0
        self._is_going = True
        self._under_way = 0

    async def run(self, seconds: float) -> Beaten:
        """Beat for so long."""
        contender = self._crowd.contender
        quiet = await self._transactions_within(seconds)
        before = _transactions(contender)
        cpu = contender.cpu_seconds()
        self._crowd.hear = self._hear
        self._under_way = len(self._crowd.seats)
        for seat in self._crowd.seats:
            seat.say(HEARTBEAT)
        await asyncio.sleep(seconds)
        self._is_going = False
        async with asyncio.timeout(PATIENCE):
            while self._under_way:
                await asyncio.sleep(0.01)
        cpu = contender.cpu_seconds() - cpu
        self._crowd.rest()
        await asyncio.sleep(LATE)
        more = max(0, _transactions(contender) - before - quiet)
        return Beaten(cpu_us=cpu / self._answers * 1e6, transactions=more / self._answers)

    async def _transactions_within(self, seconds: float) -> int:
        """What the server does without a heartbeat."""
        before = _transactions(self._crowd.contender)
        await asyncio.sleep(seconds + LATE)
        return _transactions(self._crowd.contender) - before

    def _hear(self, seat: Seat, text: bytes) -> None:
        self._answers += 1
        if self._is_going:
            seat.say(HEARTBEAT)
        else:
            self._under_way -= 1


def _transactions(contender: Contender) -> int:
    name = contender.database_url.rpartition("/")[2]
    server = f"{contender.database_url.rpartition('/')[0]}/postgres"
    with psycopg.connect(server) as database:
        query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"
        row: Any = database.execute(query, [name]).fetchone()
    return int(row[0])
