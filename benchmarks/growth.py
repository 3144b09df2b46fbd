"""How costs grow: with the members of a conversation, with those who type in a process, and with
what a newcomer is in."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import msgspec

from benchmarks import report
from benchmarks.contenders import Contender, chatsite
from benchmarks.crowd import PATIENCE, Crowd, Seat, gathered
from benchmarks.people import Plan
from benchmarks.rows.heartbeats import HEARTBEAT
from benchmarks.stage import Stage
from benchmarks.svg import Plot, svg_of
from benchmarks.typing_loop import TypingLoop
from benchmarks.typists import cost_of_typist

TYPISTS = 10
"""How many type at once where bytes are counted, if so many are there."""

SIZE = 5
"""People in each of a newcomer's conversations."""

COMINGS = 10
"""How often somebody connects, for the median."""


class Event(msgspec.Struct, frozen=True):
    """What one typing event costs in a conversation of so many."""

    members: int
    cpu_us: float
    """Of the server's processor, the event."""
    bytes: float
    """On the wire to one viewer, for each of some who type at once."""


async def measure(stage: Stage, *, write: bool) -> None:
    """Measure the curves, print them, and perhaps write them into docs/."""
    events = [await _event(stage, members) for members in stage.scale.growth]
    with_members = [
        (members, await _connect_ms(stage, _one_room(members))) for members in stage.scale.growth
    ]
    counts = stage.scale.growth_conversations
    with_rooms = [(count, await _connect_ms(stage, _many_rooms(count))) for count in counts]
    typists = [(people, _typist(stage, people)) for people in stage.scale.growth_typists]
    plots = {
        "growth-event.svg": Plot(
            "What a typing event costs",
            "members of the conversation",
            "µs of the server's processor · bytes",
            {
                "µs for the event": [(event.members, event.cpu_us) for event in events],
                "µs for each delivery": [
                    (event.members, event.cpu_us / (event.members - 1)) for event in events
                ],
                "bytes to a viewer for each who types": [
                    (event.members, event.bytes) for event in events
                ],
            },
        ),
        "growth-typists.svg": Plot(
            "What one person's typing costs a process, by itself",
            "people who type at the same time",
            "µs of the server's processor",
            {"µs for each person": typists},
        ),
        "growth-connect.svg": Plot(
            "How long a newcomer waits for all of the state",
            "participants of one conversation · conversations of five",
            "ms",
            {"participants": with_members, "conversations": with_rooms},
        ),
    }
    print(text_of(plots))
    if write:
        for name, plot in plots.items():
            (report.DOCUMENT.parent / name).write_text(svg_of(plot))
        report.write("growth", text_of(plots))


def text_of(plots: dict[str, Plot]) -> str:
    """The plots, and their numbers for those who would rather read."""
    parts: list[str] = []
    for name, plot in plots.items():
        parts.append(f"![{plot.title}]({name})\n")
        for curve, points in plot.curves.items():
            numbers = ", ".join(f"{x:,g}: {y:,.3g}" for x, y in points)
            parts.append(f"- {curve}: {numbers}")
        parts.append("")
    return "\n".join(parts)


async def _event(stage: Stage, members: int) -> Event:
    plan = Plan(people=members, rooms=[list(range(members))])
    async with AsyncExitStack() as stack:
        crowd = await gathered(stack, chatsite(stage, ["uvicorn"], plan))
        alone = TypingLoop(crowd, crowd.seats[:1])
        tallies = [await alone.run(stage.scale.seconds) for _ in range(stage.scale.rounds + 1)]
        together = TypingLoop(crowd, crowd.seats[: min(TYPISTS, members)])
        sizes = [await together.once() for _ in range(4)]
    cpu = statistics.median(tally.cpu_us for tally in tallies[1:])
    size = statistics.median(tally.bytes / tally.deliveries for tally in sizes)
    return Event(members=members, cpu_us=cpu * (members - 1), bytes=size)


def _typist(stage: Stage, people: int) -> float:
    """The median of some rounds, after one that does not count."""
    rounds = range(stage.scale.rounds + 1)
    costs = [cost_of_typist(people) for _ in rounds]
    return statistics.median(costs[1:])


def _one_room(members: int) -> Plan:
    """The newcomer, number 0, and everybody else of one conversation, who are online."""
    return Plan(people=members, rooms=[list(range(members))], online=list(range(1, members)))


def _many_rooms(count: int) -> Plan:
    """The newcomer in so many conversations, whose others are in none together."""
    others = SIZE - 1
    rooms = [[0, *range(1 + room * others, 1 + (room + 1) * others)] for room in range(count)]
    return Plan(people=1 + count * others, rooms=rooms, online=list(range(1, 1 + count * others)))


async def _connect_ms(stage: Stage, plan: Plan) -> float:
    """From the handshake to the end of the snapshot."""
    with chatsite(stage, ["uvicorn"], plan) as contender:
        times = [await _come(contender) for _ in range(COMINGS + 1)]
    return statistics.median(times[1:]) * 1000


async def _come(contender: Contender) -> float:
    """The answer to a heartbeat is what follows the snapshot."""
    crowd = Crowd(contender)
    greeted: Callable[[Seat, bytes], None] = crowd.hear
    complete = asyncio.Event()
    own = f'"senderId":{contender.made.user_ids[0]}'.encode()

    def hear(seat: Seat, text: bytes) -> None:
        greeted(seat, text)
        if text.startswith(b'[{"type":"presence"') and own in text and text.count(b"{") == 1:
            complete.set()

    crowd.hear = hear
    began = time.perf_counter()
    seats = await crowd.connect([0])
    seats[0].say(HEARTBEAT)
    await asyncio.wait_for(complete.wait(), PATIENCE)
    seconds = time.perf_counter() - began
    await crowd.leave()
    return seconds
