"""Resynchronising: each transition between the snapshot and the events of one connection."""

from __future__ import annotations

import asyncio

import pytest
from django.db import OperationalError

from conversations.resync import VERIFY_DELAY, Resync, State


class Reader:
    """A connection whose state is a number, read when the test says so."""

    def __init__(self) -> None:
        self.is_closed = False
        self.is_held = True
        self.is_signed_in = True
        self.is_mistaken = False
        self.is_away = False
        """Whether the database is."""
        self.truth = 1
        self.entered = 0
        self.shown: list[int] = []
        self.begun = asyncio.Semaphore(0)
        """Released whenever a reading begins."""
        self.reads = asyncio.Semaphore(0)
        """Acquired by each reading before it ends."""

    def hold(self) -> None:
        self.is_held = True

    async def enter(self) -> bool:
        self.entered += 1
        return self.is_signed_in

    async def read(self) -> int:
        if self.is_away:
            raise OperationalError
        read = self.truth
        self.begun.release()
        await self.reads.acquire()
        return read

    def show(self, snapshot: int) -> int:
        self.is_held = False
        self.shown.append(snapshot)
        return snapshot

    async def reinstate(self) -> bool:
        if self.is_away:
            raise OperationalError
        return self.is_mistaken

    def fail(self) -> None:
        self.is_closed = True


class Line:
    """A connection with its resynchronising, and a clock that stands still."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.slept: list[float] = []
        self.wakes = asyncio.Event()
        self.resync: Resync[int] = Resync(self.reader, sleep=self._sleep)

    async def opens(self) -> None:
        """Connect, and see the first snapshot."""
        self.reader.reads.release()
        await self.resync.open()
        await self.reader.begun.acquire()

    async def begins_to_open(self) -> asyncio.Task[int | None]:
        """Connect, and be in the middle of the first reading."""
        opening = asyncio.ensure_future(self.resync.open())
        await self.reader.begun.acquire()
        return opening

    async def reads_again(self) -> None:
        """Another reading begins, and ends."""
        await self.reader.begun.acquire()
        self.reader.reads.release()
        await settled()

    async def verifies(self) -> None:
        """The time has come to look at a removal."""
        await settled()
        self.wakes.set()
        await settled()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.wakes.wait()


async def settled() -> None:
    """Let every task run until it waits for something that the test has to do."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def line() -> Line:
    return Line()


async def test_opening_shows_what_was_read(line: Line) -> None:
    assert line.resync.state is State.READING
    await line.opens()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1])
    # The groups were joined before, and the user was looked at.
    assert line.reader.entered == 0


@pytest.mark.parametrize("event", ["changed", "left", "restricted"])
async def test_what_changes_while_it_is_read_is_read_again_before_it_is_shown(
    line: Line, event: str
) -> None:
    opening = await line.begins_to_open()
    line.reader.truth = 2
    getattr(line.resync, event)()
    assert line.resync.state is State.OUTDATED
    line.reader.reads.release()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.READING, [])
    await line.reads_again()
    assert await opening == 2
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [2])
    line.resync.close()


async def test_what_a_live_connection_was_told_is_not_read(line: Line) -> None:
    await line.opens()
    line.resync.changed()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1])
    assert not line.reader.is_held


@pytest.mark.parametrize("event", ["restricted", "lost"])
async def test_a_live_connection_starts_over(line: Line, event: str) -> None:
    await line.opens()
    line.reader.truth = 2
    getattr(line.resync, event)()
    assert line.resync.state is State.READING
    await line.reader.begun.acquire()
    assert line.reader.is_held, "events wait behind the new state"
    line.reader.reads.release()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1, 2])
    assert line.reader.entered == 1


@pytest.mark.parametrize("before", [[], ["changed"]])
async def test_a_loss_while_it_is_read_starts_over_before_it_is_shown(
    line: Line, before: list[str]
) -> None:
    opening = await line.begins_to_open()
    for event in before:
        getattr(line.resync, event)()
    line.resync.lost()
    line.resync.changed()
    assert line.resync.state is State.MISSED
    line.reader.truth = 2
    line.reader.reads.release()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.READING, [])
    await line.reads_again()
    assert await opening == 2
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [2])
    assert line.reader.entered == 1


async def test_a_mistake_found_while_it_is_read_starts_over_before_it_is_shown(line: Line) -> None:
    await line.opens()
    line.reader.is_mistaken = True
    line.resync.left()
    line.resync.lost()
    await line.reader.begun.acquire()
    await line.verifies()
    assert line.resync.state is State.MISSED
    line.reader.reads.release()
    await line.reads_again()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1, 1])
    assert line.reader.entered == 2, "what was wrongly left is joined again"


async def test_whoever_is_signed_out_while_it_is_read_is_shown_nothing(line: Line) -> None:
    opening = await line.begins_to_open()
    line.reader.is_signed_in = False
    line.resync.lost()
    line.reader.reads.release()
    assert await opening is None
    assert (line.resync.state, line.reader.shown) == (State.CLOSED, [])


async def test_starting_over_once_is_enough_for_all_that_was_told_before(line: Line) -> None:
    await line.opens()
    line.resync.restricted()
    line.resync.changed()
    line.resync.lost()
    await line.reads_again()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1, 1])


async def test_a_mistaken_removal_is_found_and_starts_over(line: Line) -> None:
    await line.opens()
    line.reader.is_mistaken = True
    line.resync.left()
    await settled()
    assert (line.resync.state, line.slept) == (State.LIVE, [VERIFY_DELAY])
    await line.verifies()
    assert line.resync.state is State.READING
    await line.reads_again()
    assert line.reader.shown == [1, 1]


async def test_a_removal_that_is_so_changes_nothing(line: Line) -> None:
    await line.opens()
    line.resync.left()
    await line.verifies()
    assert (line.resync.state, line.reader.shown) == (State.LIVE, [1])


async def test_whoever_is_signed_out_meanwhile_is_shown_nothing(line: Line) -> None:
    await line.opens()
    line.reader.is_signed_in = False
    line.resync.lost()
    await settled()
    assert (line.resync.state, line.reader.shown) == (State.CLOSED, [1])


async def test_a_database_that_is_away_ends_the_connection(line: Line) -> None:
    await line.opens()
    line.reader.is_away = True
    line.resync.lost()
    await settled()
    assert (line.resync.state, line.reader.is_closed) == (State.CLOSED, True)


async def test_a_removal_that_cant_be_verified_ends_the_connection(line: Line) -> None:
    await line.opens()
    line.reader.is_away = True
    line.resync.left()
    await line.verifies()
    assert (line.resync.state, line.reader.is_closed) == (State.CLOSED, True)


async def test_a_database_that_is_away_lets_nobody_in(line: Line) -> None:
    line.reader.is_away = True
    with pytest.raises(OperationalError):
        await line.resync.open()


@pytest.mark.parametrize("event", ["changed", "left", "restricted", "lost"])
async def test_nothing_follows_the_end(line: Line, event: str) -> None:
    await line.opens()
    line.resync.left()
    line.resync.lost()
    await line.reader.begun.acquire()
    line.resync.close()
    getattr(line.resync, event)()
    line.reader.reads.release()
    await line.verifies()
    assert (line.resync.state, line.reader.shown) == (State.CLOSED, [1])


async def test_a_socket_that_is_closed_already_reads_nothing(line: Line) -> None:
    await line.opens()
    line.reader.is_closed = True
    line.resync.lost()
    line.resync.left()
    await line.verifies()
    assert (line.resync.state, line.reader.entered) == (State.LIVE, 0)
