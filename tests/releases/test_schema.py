"""What breaks an earlier release, and what does not: asked of tables of two columns."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.releases.schema import Column, Rule, Table, Unique, breaches

ID = Column(type="int8", size=None, is_nullable=False, has_default=True)
NAME = Column(type="varchar", size=20, is_nullable=False, has_default=False)
NOTE = Column(type="text", size=None, is_nullable=True, has_default=False)
ONCE = Unique(("name",))


def other(column: Column, **changes: Any) -> Column:
    """The column, changed."""
    return msgspec.structs.replace(column, **changes)


def said(after: dict[str, Column], *, unique: tuple[Unique, ...] = (ONCE,), rule: str = "") -> str:
    """What breaks a release with a table of people that becomes this one."""
    before = Table(columns={"id": ID, "name": NAME, "note": NOTE}, unique=[ONCE])
    rules = [Rule(("name",), rule)] if rule else []
    table = Table(columns=after, unique=[*unique], rules=rules)
    return " ".join(breaches({"people": before}, {"people": table}))


SAME = {"id": ID, "name": NAME, "note": NOTE}


@pytest.mark.parametrize(
    "after",
    [
        SAME,
        {**SAME, "age": other(NOTE, type="int4")},
        {**SAME, "age": other(NAME, type="int4", has_default=True)},
        {**SAME, "name": other(NAME, size=30)},
        {**SAME, "name": other(NAME, size=None)},
        {**SAME, "name": other(NAME, has_default=True)},
    ],
)
def test_what_is_added_or_widened_breaks_nothing(after: dict[str, Column]) -> None:
    assert said(after) == ""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"id": ID, "name": NAME}, "people.note is gone."),
        (
            {**SAME, "age": other(NAME, type="int4")},
            "people.age is new, NOT NULL and without a default of the database.",
        ),
        ({**SAME, "note": other(NOTE, type="bytea")}, "people.note is bytea instead of text."),
        (
            {**SAME, "name": other(NAME, size=10)},
            "people.name takes 10 characters instead of 20.",
        ),
        (
            {**SAME, "note": other(NOTE, size=9)},
            "people.note takes 9 characters instead of any.",
        ),
        ({**SAME, "note": other(NOTE, is_nullable=False)}, "people.note is NOT NULL now."),
        ({**SAME, "name": other(NAME, is_nullable=True)}, "people.name may be NULL now."),
        (
            {**SAME, "id": other(ID, has_default=False)},
            "people.id has no default of the database any more.",
        ),
    ],
)
def test_what_is_taken_away_or_narrowed_does(after: dict[str, Column], expected: str) -> None:
    assert said(after) == expected


def test_what_is_unique_stays_so_and_no_more_becomes_so() -> None:
    assert said(SAME, unique=()) == "people: name is no longer unique."
    part = Unique(("name", "note"), "note IS NOT NULL")
    assert said(SAME, unique=(ONCE, part)) == (
        "people: name, note where note IS NOT NULL is unique now."
    )
    age = {**SAME, "age": other(NOTE, type="int4")}
    assert said(age, unique=(ONCE, Unique(("age",)))) == ""


def test_a_rule_that_an_earlier_release_does_not_know_may_refuse_its_rows() -> None:
    assert said(SAME, rule="CHECK (name <> '')") == "people: CHECK (name <> '') is a new rule."


def test_a_table_stays_and_another_may_come() -> None:
    table = Table(columns=SAME)
    assert list(breaches({"people": table}, {"others": table})) == ["people is gone."]
    assert list(breaches({"people": table}, {"people": table, "others": table})) == []
