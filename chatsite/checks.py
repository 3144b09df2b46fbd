"""System checks: settings that contradict each other or the machine, each with what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.db import Error as DatabaseError
from django.db import connection
from django.utils.module_loading import import_string

from presence.policy import gone_within

DURATIONS = (
    "PRESENCE_TIMEOUT",
    "PRESENCE_SWEEP_INTERVAL",
    "PRESENCE_LEASE_INTERVAL",
    "HEARTBEAT_INTERVAL",
    "TYPING_TIMEOUT",
    "CONVERSATION_INTERVAL",
    "MEDIA_ORPHAN_AGE",
    "MEDIA_SWEEP_INTERVAL",
    "DATABASE_LOCK_TIMEOUT",
    "DATABASE_IDLE_TIMEOUT",
)
LIMITS = (
    "PRESENCE_MAX_AUDIENCE",
    "TYPING_MAX_PARTICIPANTS",
    "MAX_PARTICIPANTS",
    "MAX_CONVERSATIONS",
    "MAX_ADDITIONS",
    "CONVERSATION_BURST",
    "MAX_REACTIONS",
    "STREAM_MAX_FRAME",
    "STREAM_RATE",
    "STREAM_BURST",
    "STREAM_PERSON_RATE",
    "STREAM_PERSON_BURST",
    "STREAM_BACKLOG_BYTES",
    "STREAM_MAX_CONNECTIONS_PER_USER",
    "STREAM_OUTBOX",
    "STREAM_OUTBOX_BYTES",
    "STREAM_OUTBOX_BYTES_PER_USER",
    "STREAM_OUTBOX_BYTES_PER_PROCESS",
    "STREAM_CATCHUPS",
    "CATCHUP_LIMIT",
    "CATCHUP_BYTES",
    "MEDIA_MAX_BYTES",
    "MEDIA_MAX_PIXELS",
    "MEDIA_MAX_UNSENT",
    "MEDIA_WORKERS",
    "DATABASE_THREADS",
    "PASSWORD_WORKERS",
    "PASSWORD_WAITING",
    "PASSWORD_TRIES_PER_ADDRESS",
    "PASSWORD_TRIES_PER_ACCOUNT",
)

GONE_WITHIN = timedelta(minutes=1)
"""How long people may be shown as online whose server process was killed."""

LONGEST_MESSAGE = 48 * 1024
"""Bytes of the frame of a message with 8,000 characters, each of which JSON may write as six."""


def check_durations(**_: Any) -> list[CheckMessage]:
    """A timeout must outlast three of the signs of life that it waits for."""
    return [*_not_positive(DURATIONS), *_negative_grace(), *_impatient_timeouts()]


def check_limits(**_: Any) -> list[CheckMessage]:
    """A limit of nothing would refuse everything."""
    return list(_not_positive(LIMITS))


def check_frame_size(**_: Any) -> list[CheckMessage]:
    """A client whose message is too large for a frame would be closed for it, again and again."""
    if settings.STREAM_MAX_FRAME >= LONGEST_MESSAGE:
        return []
    return [
        Error(
            f"STREAM_MAX_FRAME is {settings.STREAM_MAX_FRAME}: the longest message has no room.",
            hint=f"Set it to {LONGEST_MESSAGE} or more, or leave it unset for its default.",
            id="chatsite.E012",
        )
    ]


def _not_positive(names: tuple[str, ...]) -> Iterator[CheckMessage]:
    for name in names:
        value = getattr(settings, name)
        if value <= 0:
            yield Error(
                f"{name} is {value:g}, and must be more than 0.",
                hint=f"Leave {name} unset for its default.",
                id="chatsite.E001",
            )


def _negative_grace() -> Iterator[CheckMessage]:
    if not 0 <= settings.PRESENCE_GRACE < settings.PRESENCE_TIMEOUT:
        yield Error(
            f"PRESENCE_GRACE is {settings.PRESENCE_GRACE:g} s, and must be at least 0 and less"
            f" than PRESENCE_TIMEOUT ({settings.PRESENCE_TIMEOUT:g} s).",
            hint="The sweep would otherwise end a grace before its time.",
            id="chatsite.E002",
        )


def _impatient_timeouts() -> Iterator[CheckMessage]:
    for name in ("HEARTBEAT_INTERVAL", "PRESENCE_LEASE_INTERVAL"):
        interval = getattr(settings, name)
        if 3 * interval > settings.PRESENCE_TIMEOUT:
            yield Error(
                f"PRESENCE_TIMEOUT is {settings.PRESENCE_TIMEOUT:g} s, less than three times"
                f" {name} ({interval:g} s).",
                hint=f"One late sign of life would show people as gone: set PRESENCE_TIMEOUT"
                f" to {3 * interval:g} or more, or {name} to less.",
                id="chatsite.E003",
            )


def check_crashes(**_: Any) -> list[CheckMessage]:
    """People of a killed process must not be shown as online for longer than a minute."""
    within = gone_within()
    if within <= GONE_WITHIN:
        return []
    return [
        CheckWarning(
            f"People whose server process was killed may be shown as online for"
            f" {within.total_seconds():g} s.",
            hint=f"Let 3 times PRESENCE_LEASE_INTERVAL ({settings.PRESENCE_LEASE_INTERVAL:g} s)"
            f" and PRESENCE_SWEEP_INTERVAL ({settings.PRESENCE_SWEEP_INTERVAL:g} s) be"
            f" {(within - GONE_WITHIN).total_seconds():g} s less together.",
            id="chatsite.W017",
        )
    ]


def check_presence_audience(**_: Any) -> list[CheckMessage]:
    """Presence asks one function who hears of a person; without it nobody would."""
    try:
        found = callable(import_string(settings.PRESENCE_AUDIENCE))
    except ImportError:
        found = False
    if found:
        return []
    return [
        Error(
            f"PRESENCE_AUDIENCE names no function: {settings.PRESENCE_AUDIENCE!r}.",
            hint="Give the dotted path of a function from user ids to the groups of each.",
            id="chatsite.E004",
        )
    ]


def check_processes(**_: Any) -> list[CheckMessage]:
    """Several processes must be able to hear each other and to write at the same time."""
    messages: list[CheckMessage] = []
    if not settings.REDIS_URL and _worker_count() > 1:
        messages.append(
            Error(
                f"WEB_CONCURRENCY asks for {_worker_count()} processes, and without Redis they"
                " would not hear each other.",
                hint="Set REDIS_URL, or WEB_CONCURRENCY to 1.",
                id="chatsite.E005",
            )
        )
    if settings.REDIS_URL and _uses_sqlite():
        messages.append(
            CheckWarning(
                "REDIS_URL joins several processes, and they would share one SQLite file.",
                hint="SQLite has one writer at a time: set DATABASE_URL to a PostgreSQL.",
                id="chatsite.W006",
            )
        )
    return messages


def _worker_count() -> int:
    """What uvicorn takes for its number of workers."""
    value = os.environ.get("WEB_CONCURRENCY", "")
    return int(value) if value.isdecimal() else 1


def _uses_sqlite() -> bool:
    return bool(settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3")


def check_redis_hosts(**_: Any) -> list[CheckMessage]:
    """redis-py 8 gives up on a connection that was silent for five seconds, unless told."""
    config = settings.CHANNEL_LAYERS["default"].get("CONFIG", {})
    patient = all(
        isinstance(host, dict) and host.get("socket_timeout", 0) is None
        for host in config.get("hosts", [])
    )
    if patient or int(version("redis").split(".")[0]) < 8:
        return []
    return [
        Error(
            "CHANNEL_LAYERS has a Redis host without socket_timeout None, and redis-py"
            f" {version('redis')} ends a subscription that was silent for five seconds.",
            hint='Write the host as {"address": "redis://…", "socket_timeout": None}.',
            id="chatsite.E007",
        )
    ]


def check_database(**_: Any) -> list[CheckMessage]:
    """How many use the database at once, and for how long they keep it."""
    messages: list[CheckMessage] = []
    if _uses_sqlite() and settings.DATABASE_THREADS > 1:
        messages.append(
            CheckWarning(
                f"DATABASE_THREADS is {settings.DATABASE_THREADS}, and SQLite has one writer.",
                hint="Leave DATABASE_THREADS unset, or set DATABASE_URL to a PostgreSQL.",
                id="chatsite.W008",
            )
        )
    if settings.DATABASES["default"].get("CONN_MAX_AGE", 0) != 0:
        messages.append(
            Error(
                "CONN_MAX_AGE keeps a connection for each thread, and under ASGI threads pass.",
                hint="Set it to 0: the pool in OPTIONS keeps connections.",
                id="chatsite.E009",
            )
        )
    return messages


def check_encoding(**_: Any) -> list[CheckMessage]:
    """PostgreSQL keeps text in the encoding that the database was made with, and of another than
    UTF-8 it takes only what that has. While it is away there is nothing to be said of it."""
    try:
        encoding = _encoding_of_postgresql()
    except DatabaseError:
        return []
    if encoding in (None, "UTF8"):
        return []
    return [
        Error(
            f"The database keeps its text as {encoding}, and people write what that has not.",
            hint="Make it anew: CREATE DATABASE chatsite ENCODING 'UTF8' TEMPLATE template0.",
            id="chatsite.E011",
        )
    ]


def _encoding_of_postgresql() -> str | None:
    """As the server calls it; ``None`` on SQLite, which knows no other than Unicode."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        row: tuple[str] = cursor.fetchone()
    return row[0]


def check_debug(**_: Any) -> list[CheckMessage]:
    """DEBUG shows the site's insides to every visitor, and its key is known to everybody."""
    if not (settings.DEBUG and settings.SERVICES):
        return []
    return [
        CheckWarning(
            f"DEBUG is on, and {' and '.join(settings.SERVICES)} set: is this a site for others?",
            hint="Unset DEBUG, unless nobody but you can reach this site.",
            id="chatsite.W013",
        )
    ]


def check_allowed_hosts(**_: Any) -> list[CheckMessage]:
    """Links in mails lead to the host of the request that asked for them."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        CheckWarning(
            'ALLOWED_HOSTS has "*", so links in mails lead to any host that a request names.',
            hint="Name the hosts this site is reached by, such as chat.example.org",
            id="chatsite.W010",
        )
    ]
