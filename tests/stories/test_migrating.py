"""Migrating while the site runs, which is held to nothing that sessions of the site are."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from tests.sites import ServerSite, manage

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)

MIGRATE = """
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    for name in ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
"""

WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'migrating' AND wait_event_type = 'Lock'
    AND clock_timestamp() - query_start > interval '1 s'
"""
"""Longer than the timeout of its session."""


async def test_a_migration_waits_for_a_table_for_as_long_as_it_takes(site: ServerSite) -> None:
    environment = site.servers[0].environment
    url = environment["DATABASE_URL"]
    hasty = {
        "DATABASE_URL": f"{url}?application_name=migrating&options=-c%20statement_timeout%3D900",
        "DATABASE_LOCK_TIMEOUT": "0.5",
        "DATABASE_IDLE_TIMEOUT": "0.5",
    }
    with psycopg.connect(url, autocommit=True) as look, psycopg.connect(url) as other:
        other.execute("LOCK TABLE auth_permission")
        migrating = asyncio.create_task(
            asyncio.to_thread(manage, {**environment, **hasty}, "shell", "-v", "0", "-c", MIGRATE)
        )
        while not migrating.done() and look.execute(WAITS).fetchone() != (1,):
            await asyncio.sleep(0.05)
        assert not migrating.done()
        other.rollback()
        assert (await migrating).split() == ["0", "0", "0"]
