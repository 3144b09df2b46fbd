"""The clock by which all processes tell the time: it learns from another, and is set by none."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatsite.realtime import clock
from chatsite.realtime.clock import Clock
from chatsite.realtime.metrics import CLOCK_DIFFERENCE
from tests.sites import PROJECT

HOUR = 3600.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


class World:
    """A machine with a clock that may be wrong, and a database that answers when it does."""

    def __init__(self, *, wrong_by: float = 0.0) -> None:
        self.steady = 1000.0
        self.database = NOON
        self.wrong_by = wrong_by
        self.clock = Clock(steady=lambda: self.steady, wall=lambda: self.database + self.wrong_by)

    def passes(self, seconds: float) -> None:
        """Time passes, everywhere."""
        self.steady += seconds
        self.database += seconds

    def learns(self, *, there: float = 0.0, back: float = 0.0) -> bool:
        """The database is asked, and its answer takes so long in each direction."""

        def ask() -> float:
            self.passes(there)
            told = self.database
            self.passes(back)
            return told

        return self.clock.learn(ask)

    @property
    def error(self) -> float:
        """By how many seconds the clock is ahead of the database's."""
        return self.clock.now().timestamp() - self.database


def test_until_the_database_is_asked_the_machine_is_believed() -> None:
    world = World(wrong_by=HOUR)
    assert world.error == pytest.approx(HOUR)
    world.learns()
    assert world.clock.is_learned
    assert world.error == pytest.approx(0)


def test_the_time_is_in_utc() -> None:
    assert World().clock.now() == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_clock_that_jumps_moves_nothing() -> None:
    world = World()
    world.learns()
    world.wrong_by = -HOUR
    world.passes(5)
    assert world.error == pytest.approx(0)
    assert not world.learns()
    assert world.error == pytest.approx(0)


@pytest.mark.parametrize(("there", "back"), [(0.0, 4.0), (4.0, 0.0), (2.0, 2.0)])
def test_a_slow_answer_does_not_spoil_what_is_known(there: float, back: float) -> None:
    world = World()
    world.learns(there=0.001, back=0.001)
    world.passes(10)
    assert not world.learns(there=there, back=back)
    assert abs(world.error) <= 0.001


def test_a_quick_answer_mends_a_slow_one() -> None:
    world = World()
    world.learns(there=4)
    assert world.error == pytest.approx(2)
    assert not world.learns(there=0.001)
    assert world.error == pytest.approx(0, abs=0.001)


def test_clocks_that_part_slowly_are_followed() -> None:
    world = World()
    world.learns(there=0.001, back=0.001)
    for _ in range(360):
        world.passes(10)
        world.steady += 0.0005
        assert not world.learns(there=0.001, back=0.001)
    assert abs(world.error) < 0.01


@pytest.mark.parametrize("step", [HOUR, -HOUR, 3.0])
def test_it_is_noticed_once_that_the_database_s_clock_was_set(step: float) -> None:
    world = World()
    world.learns()
    world.passes(10)
    world.database += step
    assert world.learns()
    assert world.error == pytest.approx(0)
    world.passes(10)
    assert not world.learns()


def test_a_wrong_clock_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = World(wrong_by=-HOUR)
    for _ in range(3):
        world.learns()
    [warning] = caplog.messages
    assert "this machine's clock is 3600.0 s behind the database's" in warning
    assert CLOCK_DIFFERENCE._value.get() == pytest.approx(HOUR)
    world.wrong_by = 0.5
    for _ in range(3):
        world.learns()
    assert caplog.messages[1:] == ["this machine's clock agrees with the database's again"]
    assert CLOCK_DIFFERENCE._value.get() == pytest.approx(-0.5)


@pytest.mark.django_db
def test_on_sqlite_the_database_s_clock_is_the_machine_s() -> None:
    assert not clock.learn()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=0.1)


ASKED = {"now", "utcnow", "time", "time_ns"}
"""Attributes by which Python is asked what time it is."""

CLOCKS = {"datetime", "timezone", "time"}


def _asks_the_machine(path: Path) -> bool:
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    return any(
        isinstance(call, ast.Attribute)
        and call.attr in ASKED
        and isinstance(call.value, ast.Name)
        and call.value.id in CLOCKS
        for call in calls
    )


def test_nothing_else_asks_the_machine_what_time_it_is() -> None:
    sources = [
        path
        for package in ("chatsite", "presence", "conversations")
        for path in sorted((PROJECT / package).rglob("*.py"))
    ]
    asking = [path for path in sources if _asks_the_machine(path)]
    assert asking == [PROJECT / "chatsite" / "realtime" / "clock.py"]
