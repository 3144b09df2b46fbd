"""The alarm: it rings when the time has come by the wall clock, and not before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from presence import alarms
from presence.alarms import Alarm


def _now() -> datetime:
    return datetime.now(UTC)


async def test_it_rings_once_at_its_moment() -> None:
    rang: list[datetime] = []
    done = asyncio.Event()

    def ring() -> None:
        rang.append(_now())
        done.set()

    moment = _now() + timedelta(milliseconds=30)
    Alarm(ring, now=_now).set(moment)
    await asyncio.wait_for(done.wait(), 5)
    assert len(rang) == 1
    assert rang[0] >= moment


async def test_what_is_past_rings_at_once() -> None:
    rang: list[bool] = []
    Alarm(lambda: rang.append(True), now=_now).set(_now())
    assert rang == [True]


async def test_it_rings_for_the_moment_that_was_set_last() -> None:
    rang: list[str] = []
    done = asyncio.Event()
    alarm = Alarm(lambda: rang.append("early"), now=_now)
    alarm.set(_now() + timedelta(milliseconds=20))
    alarm.set(None)
    Alarm(done.set, now=_now).set(_now() + timedelta(milliseconds=40))
    await asyncio.wait_for(done.wait(), 5)
    assert rang == []


async def test_a_clock_that_is_set_or_a_sleep_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "LOOK_EVERY", 0.01)
    ahead = timedelta(0)
    done = asyncio.Event()
    Alarm(done.set, now=lambda: _now() + ahead).set(_now() + timedelta(hours=1))
    ahead = timedelta(hours=1)
    await asyncio.wait_for(done.wait(), 5)
