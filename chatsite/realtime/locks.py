"""Whether work may wait for what somebody else has locked.

A process can stop in the middle of a transaction, for a moment or for good. Whoever waits for what
it has locked must not keep up those who need something else. So work of many is first done without
waiting: it passes over what is locked, and says so. That is then waited for apart.
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
"""PostgreSQL has room for some thousands in all. Each statement outside a transaction lets go of
its own."""

P = ParamSpec("P")
T = TypeVar("T")

_may_wait: ContextVar[bool] = ContextVar("may_wait", default=True)


class Held(Enum):
    """The outcome of an item that was passed over."""

    HELD = "held"
    """Somebody else has locked what it needs."""


class StillHeld(OperationalError):
    """Somebody else has locked what is needed, and did so for longer than anybody waits."""


def may_wait() -> bool:
    """Whether the work that is being done may wait for a lock."""
    return _may_wait.get()


def without_waiting(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which then waits for no row: it raises an error that ``is_held``, or passes
    over what is locked, as it says itself."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _may_wait.set(False)
        try:
            return function(*args, **kwargs)
        finally:
            _may_wait.reset(token)

    return run


def is_held(error: BaseException) -> bool:
    """Whether the error says that somebody else has locked what was needed."""
    return isinstance(error, StillHeld) or sqlstate_of(error) == LOCK_NOT_AVAILABLE


def lock_ids(kind: int, ids: Collection[int], *, is_shared: bool = False) -> set[int]:
    """Take PostgreSQL's advisory lock of this kind on each id, until the transaction ends; the ids
    on which it was taken. What somebody else has is waited for, or passed over by work that may not
    wait. On other databases one transaction writes at a time, and so there is nothing to do."""
    if connection.vendor != "postgresql":
        return set(ids)
    name = "pg_advisory_xact_lock" if may_wait() else "pg_try_advisory_xact_lock"
    lock = f"{name}_shared" if is_shared else name
    taken: set[int] = set()
    # In one order for all, so that none wait in a circle.
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
