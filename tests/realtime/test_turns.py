"""Places are given to people in turn, however many connections each of them has."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from chatsite.realtime.turns import Turns


class Queue:
    """People who want a place, and in which order they got one."""

    def __init__(self, places: int) -> None:
        self.served: list[str] = []
        self.most = 0
        self._turns = Turns(places)
        self._inside = 0

    async def comes(self, person: str) -> None:
        async with self._turns.turn(person):
            self._inside += 1
            self.most = max(self.most, self._inside)
            await asyncio.sleep(0)
            self.served.append(person)
            self._inside -= 1


async def test_people_are_served_in_turn() -> None:
    queue = Queue(1)
    await asyncio.gather(*map(queue.comes, ["alice"] * 5 + ["bob", "bob", "carol"]))
    assert queue.served == ["alice", "alice", "bob", "carol", "alice", "bob", "alice", "alice"]


async def test_no_more_are_served_at_once_than_there_are_places() -> None:
    queue = Queue(2)
    await asyncio.gather(*map(queue.comes, "abcdef"))
    assert queue.most == 2
    assert sorted(queue.served) == list("abcdef")


async def test_who_gives_up_waiting_leaves_their_turn_to_the_next() -> None:
    turns, bobs = Turns(1), asyncio.Event()

    async def waits(person: str) -> None:
        async with turns.turn(person):
            bobs.set()

    async with turns.turn("alice"):
        carol, bob = (asyncio.create_task(waits(person)) for person in ("carol", "bob"))
        await asyncio.sleep(0)
        carol.cancel()
    # It is granted hers in the moment in which she goes.
    await asyncio.wait_for(bobs.wait(), 5)
    await bob
    with suppress(asyncio.CancelledError):
        await carol


async def test_a_turn_that_is_granted_to_somebody_who_just_went_is_the_next_ones() -> None:
    turns, served = Turns(1), []

    async def waits(person: str) -> None:
        async with turns.turn(person):
            served.append(person)

    async with turns.turn("alice"):
        carol, bob = (asyncio.create_task(waits(person)) for person in ("carol", "bob"))
        await asyncio.sleep(0)
    carol.cancel()
    await asyncio.wait_for(bob, 5)
    assert served == ["bob"]
