"""A PostgreSQL database as a release sees it, and in what another breaks with it.

While a release is rolled out, servers of the one before it go on reading and writing. So a release
only adds, and what no release uses any more goes with the next one.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import psycopg

_COLUMNS = """
    SELECT table_name, column_name, udt_name, character_maximum_length, is_nullable = 'YES',
           column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""
_UNIQUE = """
    SELECT indrelid::regclass::text, pg_get_expr(indpred, indrelid),
           ARRAY(SELECT pg_get_indexdef(indexrelid, place, false)
                 FROM generate_series(1, indnkeyatts) AS place)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace
"""
_RULES = """
    SELECT conrelid::regclass::text, pg_get_constraintdef(pg_constraint.oid),
           ARRAY(SELECT attname::text FROM pg_attribute
                 WHERE attrelid = conrelid AND attnum = ANY (conkey))
    FROM pg_constraint WHERE contype IN ('c', 'f', 'x') AND connamespace = 'public'::regnamespace
"""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column: its type as PostgreSQL calls it, and how many characters it takes, if limited."""

    type: str
    size: int | None
    is_nullable: bool
    has_default: bool


class Unique(msgspec.Struct, frozen=True, order=True):
    """What may not occur twice, in the rows for which ``only`` holds; in all without."""

    columns: tuple[str, ...]
    only: str | None = None


class Rule(msgspec.Struct, frozen=True, order=True):
    """A check or a foreign key, in PostgreSQL's words."""

    columns: tuple[str, ...]
    text: str


class Table(msgspec.Struct, kw_only=True):
    """A table. A release names its columns, in whatever order they are."""

    columns: dict[str, Column] = {}
    unique: list[Unique] = []
    rules: list[Rule] = []


class Release(msgspec.Struct, kw_only=True):
    """A release: the commit that it was made from, and the database that it makes."""

    commit: str
    tables: dict[str, Table]


def tables_of(url: str) -> dict[str, Table]:
    """The tables of the database at the URL."""
    tables: dict[str, Table] = {}
    with psycopg.connect(url) as connection:
        for name, column, kind, size, is_nullable, has_default in connection.execute(_COLUMNS):
            tables.setdefault(name, Table()).columns[column] = Column(
                type=kind, size=size, is_nullable=is_nullable, has_default=has_default
            )
        for name, only, columns in connection.execute(_UNIQUE):
            tables[name].unique.append(Unique(tuple(columns), only))
        for name, text, columns in connection.execute(_RULES):
            tables[name].rules.append(Rule(tuple(columns), text))
    for table in tables.values():
        table.columns = dict(sorted(table.columns.items()))
        table.unique.sort(key=str)
        table.rules.sort(key=str)
    return dict(sorted(tables.items()))


def breaches(before: dict[str, Table], after: dict[str, Table]) -> Iterator[str]:
    """What a release can't go on doing that made ``before``, once the database is as ``after``:
    each a sentence."""
    for name, table in before.items():
        if name in after:
            yield from (f"{name}{said}" for said in _breaches_of_table(table, after[name]))
        else:
            yield f"{name} is gone."


def _breaches_of_table(before: Table, after: Table) -> Iterator[str]:
    yield from _breaches_of_columns(before.columns, after.columns)
    # An INSERT … ON CONFLICT names what is unique.
    for unique in sorted({*before.unique} - {*after.unique}):
        yield f": {_said(unique)} is no longer unique."
    for unique in sorted({*after.unique} - {*before.unique}):
        if before.columns.keys() >= {*unique.columns}:
            yield f": {_said(unique)} is unique now."
    for rule in sorted({*after.rules} - {*before.rules}):
        if before.columns.keys() & {*rule.columns}:
            yield f": {rule.text} is a new rule."


def _breaches_of_columns(before: dict[str, Column], after: dict[str, Column]) -> Iterator[str]:
    for name, column in before.items():
        if name in after:
            yield from (f".{name} {said}" for said in _changes(column, after[name]))
        else:
            yield f".{name} is gone."
    for name in sorted(after.keys() - before.keys()):
        if not (after[name].is_nullable or after[name].has_default):
            yield f".{name} is new, NOT NULL and without a default of the database."


def _changes(before: Column, after: Column) -> Iterator[str]:
    if after.type != before.type:
        yield f"is {after.type} instead of {before.type}."
    if after.size is not None and (before.size is None or after.size < before.size):
        yield f"takes {after.size} characters instead of {before.size or 'any'}."
    if before.is_nullable and not after.is_nullable:
        yield "is NOT NULL now."
    if after.is_nullable and not before.is_nullable:
        yield "may be NULL now."
    if before.has_default and not after.has_default:
        yield "has no default of the database any more."


def _said(unique: Unique) -> str:
    columns = ", ".join(unique.columns)
    return f"{columns} where {unique.only}" if unique.only else columns
