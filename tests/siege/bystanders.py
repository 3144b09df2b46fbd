"""People who only want to chat, and how long they wait meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from statistics import median
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.siege.field import BYSTANDERS, Field, ready

PACE = 0.25
"""Seconds between what one of them does and what they do next."""

NOISE = 100.0
"""Milliseconds that say nothing on a machine that the load shares with the servers."""

LATE = 30.0
"""Seconds after which something is waited for no longer."""


class Waits(msgspec.Struct, frozen=True):
    """What was waited for, of one kind, in milliseconds."""

    times: list[float]
    failures: int

    def percentile(self, share: float) -> float:
        """The wait that this share of all does not exceed; 0 where there was none."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


KINDS = ("message", "heartbeat", "page", "connect")

Round = Mapping[str, float | None]
"""One thing of each kind: how many milliseconds it took, ``None`` if it failed."""

HOPELESS = 60.0
"""Seconds after which others are not waited for to be well again."""

SETTLED = 5
"""Rounds of which the median counts."""


class Bystanders:
    """They write to each other, ask after themselves, load pages and connect, at a steady pace."""

    def __init__(self, place: Field) -> None:
        self._field = place
        self._times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._failures = dict.fromkeys(KINDS, 0)
        self._seats: dict[int, ClientConnection] = {}
        self._sequences: dict[int, int] = {}
        """Up to where each holds all of what was said."""
        self._beyond: dict[int, set[int]] = {}
        self._waiting: dict[str, set[asyncio.Future[bool]]] = {}
        """Whether it was done, by what is waited for."""
        self._tasks: list[asyncio.Task[None]] = []
        self._at_rest: list[Round] = []

    async def __aenter__(self) -> Bystanders:
        for person in range(BYSTANDERS):
            self._tasks.append(asyncio.create_task(self._sits(person)))
        for person in range(BYSTANDERS):
            for kind in KINDS:
                self._tasks.append(asyncio.create_task(self._goes_on(kind, person)))
        await self._learn_rest()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take(self) -> dict[str, Waits]:
        """What was waited for since this was last asked, by kind."""
        taken = {kind: Waits(self._times[kind], self._failures[kind]) for kind in KINDS}
        self._times = {kind: [] for kind in KINDS}
        self._failures = dict.fromkeys(KINDS, 0)
        return taken

    async def recovery(self) -> float:
        """Do one thing after the other, one of each kind in turn, until they take as long as at
        rest; the seconds after which that began, or for which it was waited."""
        began = time.monotonic()
        rounds: list[tuple[float, Round]] = []
        while len(rounds) < SETTLED or not self._are_well([one for _, one in rounds[-SETTLED:]]):
            if time.monotonic() - began > HOPELESS:
                return time.monotonic() - began
            rounds.append((time.monotonic(), await self._one_of_each(len(rounds))))
        return rounds[-SETTLED][0] - began

    async def _learn_rest(self) -> None:
        """How long single things take when nobody does harm, once nothing fails any more."""
        self._at_rest = [await self._one_of_each(number) for number in range(SETTLED)]
        while any(None in one.values() for one in self._at_rest):
            self._at_rest = [*self._at_rest[1:], await self._one_of_each(len(self._at_rest))]

    async def _one_of_each(self, number: int) -> Round:
        return {kind: await self._waits(kind, number % BYSTANDERS) for kind in KINDS}

    def _are_well(self, rounds: Sequence[Round]) -> bool:
        """Whether nothing failed, and the median of each kind is near that at rest."""
        if any(None in one.values() for one in rounds):
            return False
        return all(
            _median(rounds, kind) <= max(NOISE, 2 * _median(self._at_rest, kind)) for kind in KINDS
        )

    async def _goes_on(self, kind: str, person: int) -> None:
        await asyncio.sleep(PACE * person / BYSTANDERS)
        while True:
            began = time.monotonic()
            wait = await self._waits(kind, person)
            if wait is None:
                self._failures[kind] += 1
            else:
                self._times[kind].append(wait)
            pace = PACE if kind in ("message", "heartbeat") else 4 * PACE
            await asyncio.sleep(max(0.0, began + pace - time.monotonic()))

    async def _waits(self, kind: str, person: int) -> float | None:
        """Milliseconds that it took; ``None`` if it failed."""
        do: dict[str, Callable[[int], Awaitable[bool]]] = {
            "message": self._writes,
            "heartbeat": self._asks,
            "page": self._loads,
            "connect": self._connects,
        }
        began = time.perf_counter()
        try:
            async with asyncio.timeout(LATE):
                done = await do[kind](person)
        except (TimeoutError, OSError, WebSocketException, httpx.HTTPError):
            return None
        return 1000 * (time.perf_counter() - began) if done else None

    async def _writes(self, person: int) -> bool:
        """Send a message, and wait until the other has it."""
        key = uuid.uuid4().hex
        room = self._field.made.room_ids[person // 2]
        frame = {"type": "message", "conversationId": room, "clientMessageId": key, "content": key}
        return await self._says(person, frame, key)

    async def _asks(self, person: int) -> bool:
        """Ask after oneself, as a heartbeat does."""
        return await self._says(person, {"type": "presence"}, f"presence {person}")

    async def _says(self, person: int, frame: dict[str, object], key: str) -> bool:
        seat = self._seats.get(person)
        if seat is None:
            return False
        heard: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, set()).add(heard)
        await seat.send(json.dumps(frame))
        return await heard

    async def _loads(self, person: int) -> bool:
        async with self._field.http(person) as browser:
            return (await browser.get("/")).status_code == 200

    async def _connects(self, person: int) -> bool:
        async with self._field.connects(person) as connection:
            await ready(connection)
        return True

    async def _sits(self, person: int) -> None:
        """Be connected, and again whenever the connection ends."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                async with self._field.connects(person) as connection:
                    await ready(connection)
                    self._seats[person] = connection
                    await self._catches_up(person)
                    async for text in connection:
                        await self._hears(person, json.loads(text))
            self._seats.pop(person, None)
            await asyncio.sleep(PACE)

    async def _catches_up(self, person: int) -> None:
        """Ask for what was missed, as a client does that holds what came before."""
        room = self._field.made.room_ids[person // 2]
        sequence = self._sequences.get(person, 0)
        frame = {"type": "message", "conversationId": room, "isCatchup": True, "sequence": sequence}
        await self._seats[person].send(json.dumps(frame))

    async def _hears(self, person: int, events: Sequence[dict[str, Any]]) -> None:
        user_id = self._field.made.user_ids[person]
        for event in events:
            if event["type"] == "message":
                self._holds(person, event["sequence"])
                if event["senderId"] != user_id:
                    self._is_done(event["content"])
            elif event["type"] == "error":
                self._is_done(str(event.get("clientMessageId")), refused=True)
            elif event["type"] == "ready":
                await self._catches_up(person)
            elif event["type"] == "presence" and event.get("senderId") == user_id:
                self._is_done(f"presence {person}")

    def _holds(self, person: int, sequence: int) -> None:
        """Count on as far as nothing is missing."""
        held = self._beyond.setdefault(person, set())
        held.add(sequence)
        while (following := self._sequences.get(person, 0) + 1) in held:
            held.remove(following)
            self._sequences[person] = following

    def _is_done(self, key: str, *, refused: bool = False) -> None:
        for heard in self._waiting.pop(key, ()):
            if not heard.done():
                heard.set_result(not refused)


def _median(rounds: Sequence[Round], kind: str) -> float:
    return median(wait for one in rounds if (wait := one[kind]) is not None)
