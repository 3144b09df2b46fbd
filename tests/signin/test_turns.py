"""Turns: so many at once, so many who wait, and each name before any name's next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from chatsite.signin.turns import NoRoom, SentAway, Turns


async def waiting(turns: Turns, names: Sequence[str], order: list[str]) -> list[asyncio.Task[None]]:
    """Tasks that wait for a turn each, and note whose it was."""

    async def one(name: str) -> None:
        await turns.take(name)
        order.append(name)

    tasks = [asyncio.create_task(one(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def test_each_name_has_a_turn_before_any_has_its_next() -> None:
    turns, order = Turns(at_once=1, waiting=9), list[str]()
    await turns.take("guesser")
    tasks = await waiting(turns, ["guesser", "guesser", "guesser", "alice", "bob", "bob"], order)
    for task in tasks:
        assert not task.done()
    for _ in tasks:
        turns.give_back()
    await asyncio.gather(*tasks)
    assert order == ["guesser", "alice", "bob", "guesser", "bob", "guesser"]


async def test_a_name_that_is_preferred_has_its_turn_before_all_others() -> None:
    turns, order = Turns(at_once=1, waiting=9), list[str]()
    await turns.take("guesser")
    others = await waiting(turns, ["guesser", "stranger"], order)
    alice = asyncio.create_task(turns.take("alice", is_preferred=True))
    await asyncio.sleep(0)
    turns.give_back()
    await alice
    assert order == []
    for _ in others:
        turns.give_back()
    await asyncio.gather(*others)
    assert order == ["guesser", "stranger"]


async def test_one_who_left_as_they_were_sent_away_gives_back_no_turn() -> None:
    turns, order = Turns(at_once=1, waiting=2), list[str]()
    await turns.take("alice")
    [gone, sent] = await waiting(turns, ["bob", "carol"], order)
    turns.send_away()
    gone.cancel()
    outcomes = await asyncio.gather(gone, sent, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, SentAway]
    again = await waiting(turns, ["dave", "erin"], order)
    assert order == []
    turns.give_back()
    turns.give_back()
    await asyncio.gather(*again)
    assert order == ["dave", "erin"]


async def test_who_does_not_wait_any_more_makes_room() -> None:
    turns, order = Turns(at_once=1, waiting=1), list[str]()
    await turns.take("alice")
    [gone] = await waiting(turns, ["bob"], order)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    [carol] = await waiting(turns, ["carol"], order)
    turns.give_back()
    await carol
    assert order == ["carol"]


async def test_so_many_are_let_in_at_once_and_so_many_wait() -> None:
    turns, order = Turns(at_once=2, waiting=1), list[str]()
    first = await waiting(turns, ["alice", "bob", "carol"], order)
    assert order == ["alice", "bob"]
    with pytest.raises(NoRoom):
        await turns.take("dave")
    turns.give_back()
    await asyncio.gather(*first)
    assert order == ["alice", "bob", "carol"]


async def test_a_turn_that_is_not_waited_for_is_the_next_ones() -> None:
    turns, order = Turns(at_once=1, waiting=9), list[str]()
    await turns.take("alice")
    gone, late, there = await waiting(turns, ["bob", "carol", "dave"], order)
    gone.cancel()
    turns.give_back()
    # Hers came at the moment at which she left.
    late.cancel()
    await asyncio.gather(gone, late, there, return_exceptions=True)
    assert order == ["dave"]
    turns.give_back()
    await turns.take("erin")
