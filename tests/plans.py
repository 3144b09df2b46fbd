"""How PostgreSQL would answer what a page of the admin asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


class Scan(NamedTuple):
    """How a statement reads a table."""

    table: str
    node: str
    rows: int
    """Rows that were looked at, whether they were taken or not."""


class Page(NamedTuple):
    """A page, and what was asked for it."""

    content: str
    statements: list[str]

    def scans(self, tables: Collection[str]) -> Iterator[tuple[str, Scan]]:
        """Each statement with each of its scans of one of the tables."""
        for statement in self.statements:
            for scan in _scans_in(_plan_of(statement)):
                if scan.table in tables:
                    yield statement, scan


def opened(client: Client, path: str) -> Page:
    """Open the page."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    statements = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    return Page(answer.content.decode(), statements)


def reads_no_more_than_a_page(page: Page, tables: Collection[str], *, counted: int) -> None:
    """Only a count that is bounded looks at rows without an index, and at no more than it counts
    and those beside them."""
    for statement, scan in page.scans(tables):
        is_count = "COUNT(" in statement and f"LIMIT {counted + 1}" in statement
        assert is_count or scan.node != "Seq Scan", statement
        assert scan.rows <= 1.5 * counted, statement


def _plan_of(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def _scans_in(plan: dict[str, Any]) -> Iterator[Scan]:
    if "Relation Name" in plan:
        rows = sum(plan.get(name, 0) for name in ROWS) * plan["Actual Loops"]
        yield Scan(plan["Relation Name"], plan["Node Type"], rows)
    for part in plan.get("Plans", []):
        yield from _scans_in(part)
