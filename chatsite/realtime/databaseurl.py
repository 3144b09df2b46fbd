"""Django's entry for a database, as the settings make it of its address."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from chatsite.realtime.serviceurls import UnreadableURL, split_url

WAITING_THREADS = 4
"""Threads of a process in which work waits for what somebody else has locked."""

PAGES = 12
"""Connections of a process for its pages, each of which has a thread of its own."""

WAITING_PAGES = 4
"""So many of them, at most, wait for what somebody else has locked."""

# Of a peer whose machine is gone no end of the connection comes. Each side asks whether the other
# is there, and gives up in half a minute instead of the system's hours.
KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
SERVER_KEEPALIVES = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def database_from(
    url: str,
    *,
    threads: int | None,
    lock_timeout: float,
    idle_timeout: float,
    is_pooled: bool,
) -> tuple[dict[str, Any], int]:
    """Django's entry for the database at ``url``, and how many threads may use it at once.

    The timeouts are in seconds; ``is_pooled``: a pooler stands before the server. What the URL
    itself says of the connection goes before what is said here. Raises ``ImproperlyConfigured``.
    """
    database = _read(url)
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that reads and then writes waits for its turn, where a
        # deferred one would be refused at once. The journal is made WAL in chatsite.apps.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA synchronous=NORMAL",
        }
        return database, threads or 1
    threads = threads or 8
    parameters = {} if is_pooled else _parameters(lock_timeout, idle_timeout)
    said = " ".join(f"-c {name}={value}" for name, value in parameters.items())
    database["OPTIONS"] = {
        "connect_timeout": 5,
        **KEEPALIVES,
        # Under ASGI a connection that is kept for its thread is a connection leaked; the pool
        # keeps them. Who waits for a database that is away is told so soon, and it is tried again
        # soon, where the pool would double its pauses up to minutes.
        "pool": {
            "min_size": 1,
            "max_size": threads + WAITING_THREADS + PAGES,
            "timeout": 5,
            "reconnect_timeout": 5,
        },
        **options,
    }
    if said:
        # Of two that set the same parameter the last one holds.
        database["OPTIONS"]["options"] = f"{said} {options.get('options', '')}".strip()
    return database | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}, threads


def _read(url: str) -> dict[str, Any]:
    try:
        split_url(url, schemes=tuple(environ.Env.DB_SCHEMES), name="DATABASE_URL")
        database: dict[str, Any] = environ.Env.db_url_config(url)
    except UnreadableURL as error:
        raise ImproperlyConfigured(str(error)) from None
    except ValueError:
        # Its text may be a part of the password.
        raise ImproperlyConfigured("DATABASE_URL can't be read: a port is a number.") from None
    return database


def _parameters(lock_timeout: float, idle_timeout: float) -> dict[str, int]:
    """What PostgreSQL is to hold each of the site's sessions to. A process that stops for good in
    a transaction would otherwise hold its locks until somebody ends it by hand."""
    return {
        "lock_timeout": round(lock_timeout * 1000),
        "idle_in_transaction_session_timeout": round(idle_timeout * 1000),
        **SERVER_KEEPALIVES,
    }
