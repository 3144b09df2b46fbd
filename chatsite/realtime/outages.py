"""What fails now and then and is nobody's mistake: a database that is away, a disk that is full.

Whoever meets it answers that something is unavailable. The log has one line for the beginning of an
outage and one for its end, however many meet it; anything else is a bug, and has its traceback.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from chatsite.realtime import sqlstates
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.locks import is_held
from chatsite.realtime.secrecy import without_secrets
from chatsite.realtime.sqlstates import sqlstate_of

logger = logging.getLogger(__name__)

LOCK_LINES = 10.0
"""Seconds from one line about locks to the next: each is let go of by itself, without a word."""


class Cause(StrEnum):
    """Why something can't be done now, as ``/healthz`` says it."""

    AWAY = "database_unavailable"
    READ_ONLY = "database_read_only"
    FULL = "database_full"
    LOCKED = "database_locked"
    FILES = "storage_unavailable"
    LAYER = "layer_unavailable"
    """Redis has lines of its own."""


SENTENCES = {
    Cause.AWAY: "the database is away",
    Cause.READ_ONLY: "the database is read-only",
    Cause.FULL: "the database has no room",
    Cause.LOCKED: "something in the database stays locked",
    Cause.FILES: "files can't be written or read",
}

FILE_ERRORS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
)

OF_SQLITE = {
    sqlite3.SQLITE_BUSY: Cause.LOCKED,
    sqlite3.SQLITE_LOCKED: Cause.LOCKED,
    sqlite3.SQLITE_READONLY: Cause.READ_ONLY,
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_IOERR: Cause.AWAY,
    sqlite3.SQLITE_CANTOPEN: Cause.AWAY,
    sqlite3.SQLITE_CORRUPT: Cause.AWAY,
    sqlite3.SQLITE_NOTADB: Cause.AWAY,
}
"""Other errors, such as a table that is not there, are mistakes."""


def cause_of(error: BaseException) -> Cause | None:
    """Which outage the error comes of; ``None``: it is a bug."""
    if isinstance(error, LayerUnavailable):
        return Cause.LAYER
    if isinstance(error, DatabaseError):
        return _cause_in_database(error)
    if isinstance(error, OSError) and error.errno in FILE_ERRORS:
        return Cause.FILES
    return None


def _cause_in_database(error: DatabaseError) -> Cause | None:
    if is_held(error):
        return Cause.LOCKED
    inner = error.__cause__
    if isinstance(inner, sqlite3.DatabaseError):
        # The lowest byte says what it is, the others in which way.
        return OF_SQLITE.get(getattr(inner, "sqlite_errorcode", 0) & 0xFF)
    match sqlstate_of(error):
        case sqlstates.READ_ONLY_SQL_TRANSACTION:
            return Cause.READ_ONLY
        case sqlstates.DISK_FULL:
            return Cause.FULL
        case _:
            pass
    return Cause.AWAY if isinstance(error, OperationalError | InterfaceError) else None


class Outages:
    """The outages of one process, as far as anybody met them."""

    def __init__(self, *, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._began: dict[Cause, float] = {}
        self._met: dict[Cause, float] = {}
        """When each was met last."""
        self._lock = threading.Lock()

    def report(self, error: Exception, what: str) -> None:
        """Log that something could not be done, as it is to be: ``what`` is a sentence's first
        part. To be called where the error is handled."""
        cause = cause_of(error)
        if cause is None:
            logger.error("%s", what, exc_info=error)
        elif cause in SENTENCES and self._begins(cause):
            said = without_secrets(str(error)).strip() or type(error).__name__
            logger.warning("%s: %s (%s)", what, SENTENCES[cause], said)

    def ends(self, *causes: Cause) -> None:
        """What was done just now shows that these are over, or never were."""
        if not self._began:
            return
        now = self._steady()
        with self._lock:
            ended = [(cause, self._began.pop(cause)) for cause in causes if cause in self._began]
        for cause, began in ended:
            logger.info("no longer: %s. It was so for %.0f s", SENTENCES[cause], now - began)

    def is_met(self, cause: Cause, *, within: float) -> bool:
        """Whether it was met in the last so many seconds, and is not known to be over."""
        with self._lock:
            return cause in self._began and self._steady() - self._met[cause] < within

    def _begins(self, cause: Cause) -> bool:
        now = self._steady()
        with self._lock:
            self._met[cause] = now
            if cause is Cause.LOCKED and now - self._began.get(cause, now) >= LOCK_LINES:
                del self._began[cause]
            return self._began.setdefault(cause, now) == now


outages = Outages()
"""Those of this process."""


def watch(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Notice what works again. Receives ``connection_created``, which is sent each time that a
    thread takes a connection."""
    if notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(notice)


def notice(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute one statement. That there is room for a message only a message shows."""
    result = execute(sql, params, many, context)
    outages.ends(Cause.AWAY)
    if sql.startswith(("INSERT", "UPDATE", "DELETE")):
        outages.ends(Cause.READ_ONLY)
    return result
