"""One run: a time of chaos, a time to come to rest, and a judgement."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from tests.chaos.availability import Availability
from tests.chaos.client import Client
from tests.chaos.judge import Judge
from tests.chaos.signs import faults_of_list
from tests.chaos.world import World, world

REST = 60.0
"""Seconds within which everybody must hold everything, once nothing fails any more."""


class Report(msgspec.Struct, frozen=True):
    """What happened, and what is wrong."""

    seed: str
    seconds: float
    messages: int
    changes: int
    events: int
    repeats: int
    """Events that came live twice on a connection."""
    connections: int
    cuts: dict[str, int]
    rest: float
    """Seconds it took to come to rest."""
    waits: int
    """Messages of conversations that had no fault of their own meanwhile."""
    waits_beside: int
    """Those of them that were under way while something was wrong with others."""
    longest_wait: float
    """Seconds that one of them waited for its echo, at most."""
    late: list[str]
    """Those who waited for too long. On a machine that is busy with other things, that says nothing
    of the site, so only a run by hand is judged by it."""
    faults: list[str]

    def __str__(self) -> str:
        cuts = ", ".join(f"{count} {what}" for what, count in sorted(self.cuts.items()))
        return (
            f"seed {self.seed}: {self.messages} messages and {self.changes} changes, heard as"
            f" {self.events} events ({self.repeats} of them twice) on {self.connections}"
            f" connections in {self.seconds:.0f} s;"
            f" {cuts or 'nothing failed'}; at rest after {self.rest:.1f} s;"
            f" of {self.waits} messages without a fault of their own, {self.waits_beside} of them"
            f" beside one of others, none waited for longer than {self.longest_wait:.2f} s;"
            f" {len(self.late)} waited for too long; {len(self.faults)} faults"
        )


async def storm(directory: Path, *, seed: str, seconds: float, people: int = 6) -> Report:
    """Let everything fail for so many seconds, and tell what is wrong then."""
    async with world(directory, random.Random(seed), people=people) as site:
        clients = [
            Client(site, account, f"{number}{device}", seed)
            for number, account in enumerate(site.accounts)
            for device in ("a", "b")[: 1 + number % 2]
        ]
        clients += [
            Client(site, account, f"home-{number}", seed)
            for number, account in enumerate(site.homebodies)
        ]
        lives = [asyncio.create_task(client.lives()) for client in clients]
        loop = asyncio.get_running_loop()
        try:
            await site.fails_until(loop.time() + seconds)
            for client in clients:
                client.is_quiet = True
            judge, told, rest = await _come_to_rest(site, clients)
        finally:
            for life in lives:
                life.cancel()
            outcomes = await asyncio.gather(*lives, return_exceptions=True)
    crashes = [repr(one) for one in outcomes if isinstance(one, Exception)]
    waits = (wait for client in clients for wait in client.diary.waits)
    availability = Availability.of(waits, site.faults.noted)
    faults = [*crashes, *told, *judge.faults_of_storage(clients)]
    for client in clients:
        faults += judge.faults_of(client)
    return Report(
        seed=seed,
        seconds=seconds,
        messages=len(judge.messages),
        changes=sum(row.revision for row in judge.conversations.values()),
        events=sum(len(client.diary.heard) for client in clients),
        repeats=sum(judge.repeats(client) for client in clients),
        connections=sum(client.diary.connections for client in clients),
        cuts=dict(site.cuts),
        rest=rest,
        waits=len(availability.waits),
        waits_beside=availability.beside,
        longest_wait=availability.longest,
        late=list(availability.faults(site.faults.noted)),
        faults=faults,
    )


async def _come_to_rest(site: World, clients: list[Client]) -> tuple[Judge, list[str], float]:
    """Wait until everybody holds everything, and look at what they are told of their lists: the
    faults of that, and the seconds it took.

    A process may find out only then that it missed something, and begin anew: so once more."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        judge = await _rest(site, clients, until=began + REST)
        rest = loop.time() - began
        told = [fault for client in clients async for fault in _told_wrongly(judge, client)]
        restless = [f"{client.name}: {client.unrest}" for client in clients if client.unrest]
        if not restless or loop.time() > began + REST:
            return judge, [*told, *restless], rest


async def _told_wrongly(judge: Judge, client: Client) -> AsyncIterator[str]:
    """What the list of the client's conversations says that is not so."""
    answer = await client.lookups.requests("GET", "/api/conversations/")
    if answer is None or answer.status_code != 200:
        yield f"{client.name}: the list was answered with {answer}"
    else:
        for fault in faults_of_list(judge, client, answer.json()["conversations"]):
            yield fault


async def _rest(site: World, clients: list[Client], *, until: float) -> Judge:
    """Wait until everybody holds everything, or for too long."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(0.3)
        judge = await asyncio.to_thread(Judge, site.database_url)
        at_rest = all(not client.unrest and judge.holds_everything(client) for client in clients)
        if at_rest or loop.time() > until:
            return judge
