"""All servers in turn, so that a disturbance of the machine meets each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


async def in_turn(
    contestants: Mapping[str, Callable[[], Awaitable[T]]], rounds: int
) -> dict[str, list[T]]:
    """Name to what came of each of its turns. A first turn of everybody is not counted."""
    results: dict[str, list[T]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, turn in contestants.items():
            result = await turn()
            if number:
                results[name].append(result)
    return results
