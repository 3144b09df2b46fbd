"""Whether work may wait for rows that are locked elsewhere.

A process can stop in the middle of a transaction, for a moment or for good. Work that waits for its
locks must not delay work that needs other rows. Batches are therefore first done without waiting:
they skip what is locked, and report it. What was skipped then waits separately.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from contextvars import ContextVar
from enum import Enum
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from chatsite.realtime.sqlstates import LOCK_NOT_AVAILABLE, sqlstate_of

LOCKS_AT_ONCE = 500
"""Advisory locks taken by one statement. PostgreSQL has room for some thousands in all, and a
statement outside a transaction releases its own."""

P = ParamSpec("P")
T = TypeVar("T")

_may_wait: ContextVar[bool] = ContextVar("may_wait", default=True)


class Held(Enum):
    """The outcome of an item that was skipped."""

    HELD = "held"
    """A row that it needs is locked elsewhere."""


class StillHeld(OperationalError):
    """A row that is needed stayed locked for longer than work may wait."""


def may_wait() -> bool:
    """Whether the current work may wait for a lock."""
    return _may_wait.get()


def without_waiting(function: Callable[P, T]) -> Callable[P, T]:
    """The function in a form that waits for no row: it raises an error that ``is_held``, or skips
    what is locked, as it documents."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _may_wait.set(False)
        try:
            return function(*args, **kwargs)
        finally:
            _may_wait.reset(token)

    return run


def is_held(error: BaseException) -> bool:
    """Whether the error says that a needed row is locked elsewhere."""
    return isinstance(error, StillHeld) or sqlstate_of(error) == LOCK_NOT_AVAILABLE


def lock_ids(kind: int, ids: Collection[int], *, is_shared: bool = False) -> set[int]:
    """Take PostgreSQL's advisory lock of this kind on each id, until the transaction ends. Returns
    the ids that were locked.

    Work that may not wait skips ids that are locked elsewhere; other work waits for them. On other
    databases only one transaction writes at a time, so there is nothing to do."""
    if connection.vendor != "postgresql":
        return set(ids)
    name = "pg_advisory_xact_lock" if may_wait() else "pg_try_advisory_xact_lock"
    lock = f"{name}_shared" if is_shared else name
    taken: set[int] = set()
    # Always in the same order, which rules out deadlocks.
    ordered = sorted(ids)
    with connection.cursor() as cursor:
        for start in range(0, len(ordered), LOCKS_AT_ONCE):
            # The one that waits returns nothing, which as text is empty.
            cursor.execute(
                f"SELECT id, {lock}(%s, hashint8(id))::text"  # noqa: S608
                " FROM unnest(%s::bigint[]) AS id",
                [kind, ordered[start : start + LOCKS_AT_ONCE]],
            )
            taken |= {found for found, answer in cursor.fetchall() if answer != "false"}
    return taken
