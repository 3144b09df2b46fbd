"""Rows 1 and 2: one member's typing reaches all the others of one large conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial

from benchmarks.contenders import Contender, bare, chatsite, socketio, tutorial
from benchmarks.crowd import Crowd, gathered
from benchmarks.people import Plan
from benchmarks.results import Beside, Line, Target, What, line
from benchmarks.stage import Stage
from benchmarks.turns import in_turn
from benchmarks.typing_loop import Tally, TypingLoop

MANY = 16
"""Events outstanding in row 2."""

Tallies = dict[str, list[Tally]]


async def measure(stage: Stage, wanted: Collection[str]) -> list[Line]:
    """The lines of those of the two rows that are wanted."""
    lines: list[Line] = []
    async with AsyncExitStack() as stack:
        crowds = {
            name: await gathered(stack, launch()) for name, launch in contestants(stage).items()
        }
        if "1" in wanted:
            lines += one_at_a_time(stage, await _run(stage, crowds, typists=1))
        if "2" in wanted:
            # The tutorial's layer drops what its channels have no room for.
            crowds.pop("tutorial")
            lines += many_at_a_time(stage, await _run(stage, crowds, typists=MANY))
            lines += burst(stage, await _burst(stage, crowds))
    return lines


def contestants(stage: Stage) -> dict[str, Callable[[], AbstractContextManager[Contender]]]:
    """Whoever can take part."""
    plan = Plan(people=stage.scale.room, rooms=[list(range(stage.scale.room))])
    launches: dict[str, Callable[[], AbstractContextManager[Contender]]] = {
        "uvicorn": partial(chatsite, stage, ["uvicorn"], plan),
        "daphne": partial(chatsite, stage, ["daphne"], plan),
        "tutorial": partial(tutorial, stage, plan),
        "bare": partial(bare, stage, plan),
    }
    if stage.without_socketio is None:
        launches["socketio"] = partial(socketio, stage, plan)
    return launches


async def _run(stage: Stage, crowds: dict[str, Crowd], *, typists: int) -> Tallies:
    apart = max(1, stage.scale.room // typists)
    loops = {name: TypingLoop(crowd, crowd.seats[::apart]) for name, crowd in crowds.items()}
    turns = {name: partial(loop.run, stage.scale.seconds) for name, loop in loops.items()}
    return await in_turn(turns, stage.scale.rounds)


async def _burst(stage: Stage, crowds: dict[str, Crowd]) -> Tallies:
    loops = {
        name: TypingLoop(crowd, crowd.seats[: stage.scale.burst]) for name, crowd in crowds.items()
    }
    # They begin in one turn and end in the next.
    return await in_turn({name: loop.once for name, loop in loops.items()}, 2 * stage.scale.rounds)


def one_at_a_time(stage: Stage, tallies: Tallies) -> list[Line]:
    """Row 1."""
    rate = What("1", f"fan-out, N = {stage.scale.room}, W = 1", "deliveries/s")
    cpu = What("1", rate.work, "server's CPU µs a delivery")
    ours, daphne = tallies["uvicorn"], tallies["daphne"]
    peer = partial(_peer, "Socket.IO + Redis", tallies.get("socketio", ()))
    tutorial = Beside("Channels tutorial", rates(tallies["tutorial"]))
    slow = Target(least=20, of_peer=True)
    return [
        line(rate, rates(ours), beside=peer(rates), target=Target(least=1, of_peer=True)),
        line(cpu, cpus(ours), beside=peer(cpus), target=Target(most=1, of_peer=True)),
        line(rate, rates(ours), beside=tutorial, target=slow),
        line(cpu, cpus(ours), beside=Beside("Channels tutorial", cpus(tallies["tutorial"]))),
        line(_under_daphne(rate), rates(daphne), beside=tutorial),
        line(_under_daphne(cpu), cpus(daphne)),
        *_ceiling(rate, ours, tallies["bare"]),
    ]


def many_at_a_time(stage: Stage, tallies: Tallies) -> list[Line]:
    """Row 2, steady."""
    work = f"fan-out, N = {stage.scale.room}, W = {MANY}"
    return [
        *_beside_socketio(work, tallies),
        *_ceiling(What("2", work, "deliveries/s"), tallies["uvicorn"], tallies["bare"]),
    ]


def burst(stage: Stage, tallies: Tallies) -> list[Line]:
    """Row 2, all at once."""
    return _beside_socketio(f"{stage.scale.burst} of {stage.scale.room} type at once", tallies)


def _beside_socketio(work: str, tallies: Tallies) -> list[Line]:
    ours = tallies["uvicorn"]
    peer = partial(_peer, "Socket.IO + Redis", tallies.get("socketio", ()))
    rate = What("2", work, "deliveries/s")
    cpu = What("2", work, "server's CPU µs a delivery")
    frames = What("2", work, "frames on the wire, a delivery")
    size = What("2", work, "bytes on the wire, a delivery")
    return [
        line(rate, rates(ours), beside=peer(rates), target=Target(least=3, of_peer=True)),
        line(cpu, cpus(ours), beside=peer(cpus)),
        line(frames, _frames(ours), beside=peer(_frames), target=Target(most=0.25, of_peer=True)),
        line(size, _bytes(ours), beside=peer(_bytes), target=Target(most=1, of_peer=True)),
        line(_under_daphne(rate), rates(tallies["daphne"])),
    ]


def _ceiling(rate: What, ours: Sequence[Tally], bare: Sequence[Tally]) -> list[Line]:
    """What the load could take, and how much of its core this project kept busy."""
    share = What(rate.row, rate.work, "share of its core that the load used")
    return [
        line(What(rate.row, f"{rate.work}, bare sockets", rate.unit), rates(bare)),
        line(share, [tally.load_share for tally in ours]),
    ]


def _under_daphne(what: What) -> What:
    return What(what.row, f"{what.work}, under daphne", what.unit)


def _peer(
    name: str, tallies: Sequence[Tally], numbers: Callable[[Sequence[Tally]], list[float]]
) -> Beside:
    return Beside(name, numbers(tallies))


def rates(tallies: Sequence[Tally]) -> list[float]:
    """Deliveries a second."""
    return [tally.rate for tally in tallies]


def cpus(tallies: Sequence[Tally]) -> list[float]:
    """Microseconds of the server's processor, a delivery."""
    return [tally.cpu_us for tally in tallies]


def _frames(tallies: Sequence[Tally]) -> list[float]:
    return [tally.frames / max(tally.deliveries, 1) for tally in tallies]


def _bytes(tallies: Sequence[Tally]) -> list[float]:
    return [tally.bytes / max(tally.deliveries, 1) for tally in tallies]
