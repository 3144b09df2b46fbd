"""Which errors are outages, and what the log says of them."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import Error as DatabaseError
from django.db import OperationalError

from chatsite.realtime.locks import StillHeld
from chatsite.realtime.outages import Cause, Outages, cause_of

Breaks = Callable[[Path], sqlite3.Connection]


def without_room(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA max_page_count = 3")
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def without_the_table(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


@pytest.mark.parametrize(
    ("breaks", "cause"),
    [
        (without_room, Cause.FULL),
        (read_only, Cause.READ_ONLY),
        (without_the_table, None),
    ],
)
def test_sqlite_says_what_it_has(tmp_path: Path, breaks: Breaks, cause: Cause | None) -> None:
    path = tmp_path / "db.sqlite3"
    sqlite3.connect(path).execute("CREATE TABLE message (content TEXT)")
    connection = breaks(path)
    with pytest.raises(sqlite3.Error) as raised:
        connection.execute("INSERT INTO message VALUES (?)", ("x" * 100_000,))
    assert cause_of(told_by_django(raised.value)) is cause


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (psycopg.errors.ReadOnlySqlTransaction, Cause.READ_ONLY),
        (psycopg.errors.DiskFull, Cause.FULL),
        (psycopg.errors.LockNotAvailable, Cause.LOCKED),
        (psycopg.errors.AdminShutdown, Cause.AWAY),
    ],
)
def test_postgresql_says_what_it_has(error: type[psycopg.Error], cause: Cause) -> None:
    assert cause_of(told_by_django(error())) is cause


def told_by_django(error: BaseException) -> OperationalError:
    """The error as Django raises it."""
    told = OperationalError(*error.args)
    told.__cause__ = error
    return told


def test_a_file_that_sqlite_can_not_open_or_lock_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error) as nowhere:
        sqlite3.connect(tmp_path / "nowhere" / "db.sqlite3")
    assert cause_of(told_by_django(nowhere.value)) is Cause.AWAY
    first, second = (sqlite3.connect(tmp_path / "db.sqlite3", timeout=0) for _ in range(2))
    first.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.Error) as busy:
        second.execute("BEGIN IMMEDIATE")
    assert cause_of(told_by_django(busy.value)) is Cause.LOCKED


def test_a_full_disk_is_an_outage_and_a_missing_file_is_none() -> None:
    assert cause_of(OSError(errno.ENOSPC, "No space left on device")) is Cause.FILES
    assert cause_of(FileNotFoundError(errno.ENOENT, "No such file")) is None
    assert cause_of(DatabaseError("a bug")) is None


class Steady:
    """A clock that is set by hand."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


def test_an_outage_is_one_line_and_its_end_is_another(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    steady = Steady()
    outages = Outages(steady=steady)
    for steady.time in range(3):
        outages.report(OperationalError("refused"), "it was not done")
    assert caplog.messages == ["it was not done: the database is away (refused)"]
    assert outages.is_met(Cause.AWAY, within=1)
    outages.ends(Cause.FULL)
    outages.ends(Cause.AWAY)
    outages.ends(Cause.AWAY)
    assert caplog.messages[1:] == ["no longer: the database is away. It was so for 2 s"]
    assert not outages.is_met(Cause.AWAY, within=1)


def test_locks_are_said_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    steady = Steady()
    outages = Outages(steady=steady)
    for steady.time in (0, 9, 10, 11):
        outages.report(StillHeld(), "it was not done")
    assert len(caplog.messages) == 2


def test_a_bug_has_its_traceback_each_time(caplog: pytest.LogCaptureFixture) -> None:
    outages = Outages()
    for _ in range(2):
        outages.report(ValueError("a bug"), "it was not done")
    assert caplog.text.count("ValueError: a bug") == 2
