"""Who waits for a lock, and who is served before whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from chatsite.realtime.databaseurl import WAITING_THREADS
from chatsite.realtime.locklanes import LockLanes
from chatsite.realtime.locks import Held, StillHeld, may_wait
from chatsite.realtime.patience import PATIENCE, WaitingRoom, get_waiting_room, in_turn

pytestmark = pytest.mark.django_db(transaction=True)


def soon() -> float:
    """When work must have begun that comes now."""
    return asyncio.get_running_loop().time() + PATIENCE


@asynccontextmanager
async def full(room: WaitingRoom) -> AsyncIterator[None]:
    """All threads of the waiting room wait for what a stopped process holds."""
    over = threading.Event()
    begun = threading.Barrier(WAITING_THREADS + 1)

    def hold() -> None:
        begun.wait()
        over.wait()

    numbers = range(WAITING_THREADS)
    held = [asyncio.ensure_future(room.wait(one, one, soon(), hold)) for one in numbers]
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*held)


class Row:
    """Locked by a process that lets go of it while it is wanted for the first time."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        """Each time, whether it was waited for."""

    def write(self) -> str:
        """Raises an error that ``is_held`` the first time."""
        self.asked.append(may_wait())
        if len(self.asked) == 1:
            raise StillHeld
        return "written"

    def write_all(self, items: Sequence[str]) -> Sequence[str | Held]:
        """``write`` for all of these, as lanes want it."""
        try:
            return [self.write() for _ in items]
        except StillHeld:
            return [Held.HELD for _ in items]


async def test_a_lock_of_a_moment_is_not_waited_for_behind_those_of_a_stopped_process() -> None:
    alone, many = Row(), Row()
    lanes: LockLanes[str, str] = LockLanes(many.write_all, key=lambda item: item, limit=10)
    async with full(get_waiting_room()):
        assert await in_turn("row", 1, alone.write) == "written"
        assert await lanes.do("row") == "written"
    assert alone.asked == many.asked == [False, False]
    await lanes.drain()


async def test_what_came_late_to_be_tried_is_waited_for_no_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when all database threads were busy before."""
    loop = asyncio.get_running_loop()
    hours, time = list[float](), loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + sum(hours))

    class SlowRow(Row):
        def write(self) -> str:
            if not self.asked:
                hours.append(3600)
            return super().write()

    alone, many = SlowRow(), SlowRow()
    lanes: LockLanes[str, str] = LockLanes(many.write_all, key=lambda item: item, limit=10)
    assert await in_turn("row", 1, alone.write) == "written"
    assert await lanes.do("row") == "written"
    assert alone.asked == many.asked == [False, True]


async def test_those_who_wait_for_one_row_are_served_person_by_person() -> None:
    room, served = WaitingRoom(), list[str]()
    async with full(room):
        waiting = [
            asyncio.ensure_future(room.wait("row", person, soon(), served.append, person))
            for person in ("mallory", "mallory", "mallory", "bob")
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert served == ["mallory", "mallory", "bob", "mallory"]


async def test_those_who_wait_for_a_thread_are_served_person_by_person() -> None:
    room, served = WaitingRoom(), list[str]()
    async with full(room):
        waiting = [
            asyncio.ensure_future(room.wait(f"row {key}", person, soon(), served.append, person))
            for key, person in enumerate(["mallory"] * 3 * WAITING_THREADS + ["bob"])
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert served.index("bob") <= WAITING_THREADS
