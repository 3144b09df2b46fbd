"""What a sweep costs: of many people some are stale, in each of the ways in which one can be.

    python -m benchmarks.sweep                      # a million people, 10,000 of them stale
    python -m benchmarks.sweep --people 100000 --stale 1000 --plans

It starts a PostgreSQL and a Redis of its own. Everybody who is not stale is online on a living
process. Each stale person is in three conversations with somebody else, so that one sweep
publishes three times as many frames as there are stale people, and one more for each.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import msgspec
import redis
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model

from tests.services import postgres, redis_server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)

KILLED = """
INSERT INTO presence_presencelease (process, started_at, last_heartbeat)
VALUES ('killed', %(long_ago)s, %(long_ago)s);
DELETE FROM presence_presenceconnection WHERE user_id %% %(every)s = 0;
INSERT INTO presence_presenceconnection (id, user_id, lease_id, device_info, is_idle, connected_at)
SELECT gen_random_uuid(), %(every)s * i, 'killed', 'laptop', false, %(long_ago)s
FROM generate_series(1, %(stale)s) AS i;
UPDATE presence_userpresence
SET status = 'online', is_connected = true, last_heartbeat = %(long_ago)s
WHERE user_id %% %(every)s = 0;
"""

IN_GRACE = """
DELETE FROM presence_presenceconnection WHERE user_id %% %(every)s = 0;
UPDATE presence_userpresence
SET status = 'online', is_connected = false, grace_until = %(long_ago)s
WHERE user_id %% %(every)s = 0;
"""

SILENT = """
DELETE FROM presence_presenceconnection WHERE user_id %% %(every)s = 0;
UPDATE presence_userpresence
SET status = 'online', is_connected = false, grace_until = NULL, last_heartbeat = %(long_ago)s
WHERE user_id %% %(every)s = 0;
"""

KINDS = {
    "their process was killed": KILLED,
    "their grace passed": IN_GRACE,
    "no heartbeat, no connection": SILENT,
    "nobody is stale": "",
}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--stale", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="of the first sweep, to stderr")
    parser.add_argument("--plans", action="store_true", help="print PostgreSQL's plans")
    parser.add_argument("--json", action="store_true", help="instead of the table")
    asked = parser.parse_args()
    with postgres() as database, redis_server() as redis_url:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
        }
        django.setup()
        settled = list(measure(asked, redis_url))
        if asked.json:
            print(msgspec.json.encode(settled).decode())
        else:
            print(
                f"{versions(redis_url)}\n{asked.people:,} people, {asked.stale:,} of them stale:\n"
            )
            print(table_of(settled))


class Settled(msgspec.Struct, frozen=True):
    """What one sweep took, and did."""

    name: str
    seconds: float
    cpu: float
    """Seconds of the processor that the sweeping process used."""
    offline: int
    frames: int
    statements: int


def table_of(settled: Iterable[Settled]) -> str:
    """The sweeps in Markdown."""
    columns = "seconds | of CPU, here | went offline | frames published | statements"
    head = f"| stale because | {columns} |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    rows = [
        f"| {one.name} | {one.seconds:.2f} | {one.cpu:.2f} |"
        f" {one.offline:,} | {one.frames:,} | {one.statements:,} |"
        for one in settled
    ]
    return "\n".join([head, *rows])


def measure(asked: argparse.Namespace, redis_url: str) -> Iterator[Settled]:
    """Each kind of stale people in turn, on the same database."""
    from django.db import connection

    from presence import services

    values = {
        "people": asked.people,
        "stale": asked.stale,
        "every": asked.people // asked.stale,
        "now": NOW,
        "long_ago": LONG_AGO,
    }
    call_command("migrate", verbosity=0)
    populate(people=asked.people, stale=asked.stale)
    for name, sql in KINDS.items():
        run_sql(sql, values)
        statements = Counter()
        published = publishes(redis_url)
        began, busy = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(statements), profiled(asked.profile):
            result = services.sweep(now=NOW)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        yield Settled(
            name=name,
            seconds=seconds,
            cpu=busy,
            offline=len(result.offline),
            frames=publishes(redis_url) - published,
            statements=statements.count,
        )
        if asked.plans and sql:
            run_sql(sql, values)
            explain(name, lambda: services.sweep(now=NOW))


def populate(*, people: int, stale: int) -> None:
    """Everybody online on one living process. The stale are spread: every so many there is one,
    in three conversations with a neighbour."""
    from django.contrib.auth import get_user_model

    from conversations.models import Conversation, Participant
    from presence.models import PresenceConnection, PresenceLease, UserPresence

    every = people // stale
    person = UserPresence(
        status="online", is_connected=True, sequence=1, last_heartbeat=NOW, last_seen=NOW
    )
    with transaction.atomic():
        insert_many(get_user_model()(), people, id="i", username="'person-' || i")
        insert_many(person, people, user_id="i")
        PresenceLease.objects.create(process="alive", started_at=NOW, last_heartbeat=NOW)
        connection = PresenceConnection(lease_id="alive", connected_at=NOW)
        insert_many(connection, people, id="gen_random_uuid()", user_id="i")
        conversation = Conversation(created_at=NOW, active_at=NOW)
        insert_many(conversation, 3 * stale, id="i")
        place = Participant(joined_at=NOW)
        for neighbour in (0, 1):
            who = f"(i + 2) / 3 * {every} - {neighbour}"
            insert_many(
                place, 3 * stale, id=f"2 * i - {neighbour}", conversation_id="i", user_id=who
            )


def insert_many(template: Model, count: int, **expressions: str) -> None:
    """Insert ``count`` rows like the template; ``expressions`` is SQL, in which ``i`` counts."""
    from django.db import connection

    columns: list[str] = []
    values: list[str] = []
    parameters: list[Any] = []
    for field in template._meta.concrete_fields:
        columns.append(f'"{field.column}"')
        if field.attname in expressions:
            values.append(expressions[field.attname])
        else:
            values.append("%s")
            parameters.append(field.get_db_prep_save(getattr(template, field.attname), connection))
    sql = (
        f'INSERT INTO "{template._meta.db_table}" ({", ".join(columns)})'  # noqa: S608 (our own)
        f" SELECT {', '.join(values)} FROM generate_series(1, %s) AS i"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, count])


class Counter:
    """Counts what is sent to the database."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Count one statement, and run it."""
        self.count += 1
        return execute(*arguments)


def explain(name: str, run: Callable[[], object]) -> None:
    """Run it, and print the plan of each kind of statement as it is seen first."""
    from django.db import connection

    seen: set[str] = set()

    def show(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql not in seen and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            seen.add(sql)
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(row[0] for row in cursor.fetchall())
            print(f"\n{name}:\n{sql[:300]}\n{plan[:1500]}")
        return execute(sql, params, *rest)

    with connection.execute_wrapper(show):
        run()


def run_sql(sql: str, values: dict[str, Any]) -> None:
    """Run the statements, and let PostgreSQL learn what came of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in sql.split(";"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def profiled(wanted: bool) -> Iterator[None]:
    """Print where the time went."""
    if not wanted:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def publishes(redis_url: str) -> int:
    """How many frames Redis was given."""
    with redis.Redis.from_url(redis_url) as client:
        statistics: dict[str, Any] = client.info("commandstats")
        return int(statistics.get("cmdstat_publish", {"calls": 0})["calls"])


def versions(redis_url: str) -> str:
    """What it was measured on."""
    from django.db import connection

    with redis.Redis.from_url(redis_url) as client:
        redis_version = client.info("server")["redis_version"]
    connection.ensure_connection()
    number: int = connection.connection.info.server_version
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Django {django.__version__},"
        f" PostgreSQL {number // 10000}.{number % 10000}, Redis {redis_version}"
    )


if __name__ == "__main__":
    main()
