"""Lanes: order within each, no waiting between them, and no more than a limit."""

from __future__ import annotations

import asyncio

import pytest
from pytest_django.fixtures import Settings

from chatsite.realtime.errors import Refused
from chatsite.realtime.lanes import FULL_CONNECTIONS, LANES_AT_ONCE, Job, Lanes


class Database:
    """What the jobs wait for: each by its name, until it is let through."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self._doors: dict[str, asyncio.Event] = {}

    async def do(self, job: Job) -> None:
        """As a connection carries out a job."""
        await job.work()

    def job(self, lane: str, name: str) -> Job:
        """A job of this name."""

        async def work() -> None:
            self.begun.append(name)
            await self._door(name).wait()
            self.done.append(name)

        return Job(lane, work, name)

    def lets(self, *names: str) -> None:
        """These jobs end as soon as they are begun."""
        for name in names:
            self._door(name).set()

    def _door(self, name: str) -> asyncio.Event:
        return self._doors.setdefault(name, asyncio.Event())


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def lanes(database: Database) -> Lanes:
    return Lanes(database.do, person=1)


async def settled() -> None:
    """All that can go on without the database has."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_lane_keeps_its_order(database: Database, lanes: Lanes) -> None:
    for name in ("a1", "a2", "a3"):
        lanes.put(database.job("a", name))
    database.lets("a3", "a2")
    await settled()
    assert (database.begun, database.done) == (["a1"], [])
    database.lets("a1")
    await lanes.drain()
    assert database.done == ["a1", "a2", "a3"]


async def test_lanes_do_not_wait_for_each_other(database: Database, lanes: Lanes) -> None:
    lanes.put(database.job("a", "a1"))
    lanes.put(database.job("a", "a2"))
    lanes.put(database.job("b", "b1"))
    database.lets("b1")
    await settled()
    assert database.done == ["b1"]
    assert lanes.is_busy("a")
    assert not lanes.is_busy("b")
    database.lets("a1", "a2")
    await lanes.drain()


async def test_only_so_many_are_at_work_and_the_others_take_turns(
    database: Database, lanes: Lanes
) -> None:
    names = [f"{number}" for number in range(LANES_AT_ONCE)]
    for name in names:
        lanes.put(database.job(name, name))
        lanes.put(database.job(name, f"{name} again"))
    lanes.put(database.job("late", "late"))
    await settled()
    assert database.begun == names
    database.lets("0")
    await settled()
    # Before the second of the lane whose first is done.
    assert database.begun == [*names, "late"]
    database.lets(*names, "late", *(f"{name} again" for name in names))
    await lanes.drain()
    assert len(database.done) == 2 * LANES_AT_ONCE + 1


async def test_all_connections_of_a_person_share_the_places(database: Database) -> None:
    hers = [Lanes(database.do, person="alice") for _ in range(2 * LANES_AT_ONCE)]
    his = Lanes(database.do, person="bob")
    names = [f"{number}" for number in range(len(hers))]
    for lanes, name in zip(hers, names, strict=True):
        lanes.put(database.job("a", name))
    his.put(database.job("a", "his"))
    await settled()
    assert database.begun == [*names[:LANES_AT_ONCE], "his"]
    database.lets("his", *names)
    await asyncio.gather(*(lanes.drain() for lanes in (*hers, his)))
    assert database.done[-LANES_AT_ONCE:] == names[-LANES_AT_ONCE:]


async def test_a_lane_that_is_put_in_as_another_ends_is_worked_off(
    database: Database, lanes: Lanes
) -> None:
    ends: list[asyncio.Event] = [asyncio.Event() for _ in range(LANES_AT_ONCE)]

    def ending(number: int) -> Job:
        async def work() -> None:
            asyncio.get_running_loop().call_soon(ends[number].set)

        return Job(number, work, "")

    for number in range(LANES_AT_ONCE):
        lanes.put(ending(number))
    await asyncio.gather(*(end.wait() for end in ends))
    database.lets("late")
    lanes.put(database.job("late", "late"))
    await lanes.drain()
    assert database.done == ["late"]


async def test_what_waits_can_be_taken_back(database: Database, lanes: Lanes) -> None:
    busy = [f"{number}" for number in range(LANES_AT_ONCE)]
    for name in busy:
        lanes.put(database.job(name, name))
    await settled()
    lanes.put(database.job("0", "behind"))
    lanes.put(database.job("a", "apart"))
    lanes.put(database.job("b", "beside"))
    assert [job.text for job in lanes.take_waiting(["0"])] == ["behind"]
    assert {job.text for job in lanes.take_waiting()} == {"apart", "beside"}
    lanes.put(database.job("a", "later"))
    database.lets(*busy, "later")
    await lanes.drain()
    assert sorted(database.done) == sorted([*busy, "later"])


async def test_so_many_frames_may_wait(
    database: Database, lanes: Lanes, settings: Settings
) -> None:
    settings.STREAM_BURST = 2
    lanes.put(database.job("a", "a1"))
    lanes.put(database.job("b", "b1"))
    with pytest.raises(Refused, match="rate_limited"):
        lanes.put(database.job("c", "c1"))
    database.lets("a1", "b1", "c2")
    await lanes.drain()
    lanes.put(database.job("c", "c2"))
    await lanes.drain()
    assert database.done == ["a1", "b1", "c2"]


async def test_so_many_bytes_may_wait_and_one_frame_always(
    database: Database, lanes: Lanes, settings: Settings
) -> None:
    settings.STREAM_BACKLOG_BYTES = 1
    lanes.put(database.job("a", "a1"))
    with pytest.raises(Refused, match="rate_limited"):
        lanes.put(database.job("a", "a2"))
    database.lets("a1")
    await lanes.drain()


async def test_a_process_holds_no_more_than_some_full_connections(
    database: Database, settings: Settings
) -> None:
    settings.STREAM_BACKLOG_BYTES = database.job("a", "one").size
    crowd = [Lanes(database.do, person=number) for number in range(FULL_CONNECTIONS)]
    for lanes in crowd:
        lanes.put(database.job("a", "one"))
    one_more = Lanes(database.do, person="one more")
    with pytest.raises(Refused, match="unavailable"):
        one_more.put(database.job("a", "one"))
    database.lets("one", "two")
    await asyncio.gather(*(lanes.drain() for lanes in crowd))
    one_more.put(database.job("a", "two"))
    await one_more.drain()
    assert database.done == ["one"] * FULL_CONNECTIONS + ["two"]
