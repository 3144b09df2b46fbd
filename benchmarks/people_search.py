"""What finding people costs among a million accounts, on a PostgreSQL of its own.

    python -m benchmarks.people_search
    python -m benchmarks.people_search --people 100000 --plans

Names are drawn as they are in the world: a few are very frequent, most are rare.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import django
import msgspec
from django.core.management import call_command

from tests.services import postgres

FIRST = (
    "Maria Anna James Mohammed Wei Ana John Ali Li Elena Fatima David Juan Olga Ivan Иван Chloé"
    " Émile Robert Michael Mary-Jane Lukas Sofia Amira Bob Alice Carol Yuki Kenji Aisha"
)
LAST = (
    "Wang Garcia Smith Khan Nguyen Müller Silva Kim Singh Ivanov Petrov O’Neil Watson Okafor"
    " Moreau Andersson Bauer Costa Dubois Eriksen Fischer González Haddad Ito Jensen Kowalski"
)
SYLLABLES = "ba be bo da de di ka ki ko la le li ma me mi na ne no ra re ri sa se si ta te ti"

QUERIES = (
    "a",
    "ma",
    "maria",
    "a b",
    "m g",
    "maria garcia",
    "garcia mar",
    "bob okafor",
    "chloe moreau",
    "maria wei",
    "wang garcia",
    "w",
    "иван",
    "person-123456",
    "person 7",
    "xavier quz",
    "z y x",
)
ROUNDS = 5


class Found(msgspec.Struct, frozen=True):
    """What one search took."""

    text: str
    people: int
    median_ms: float
    slowest_ms: float


def main() -> None:
    """Make the accounts, search, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true", help="print PostgreSQL's plans")
    asked = parser.parse_args()
    with postgres() as url:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
        django.setup()
        call_command("migrate", "conversations", "0006", verbosity=0)
        populate(asked.people)
        began = time.perf_counter()
        call_command("migrate", verbosity=0)
        print(f"{asked.people:,} accounts made findable in {time.perf_counter() - began:.0f} s.\n")
        analyze()
        print("| looked for | found | median ms | slowest ms |\n| --- | ---: | ---: | ---: |")
        for text in QUERIES:
            found = measure(text)
            times = f"{found.median_ms:.1f} | {found.slowest_ms:.1f}"
            print(f"| {found.text} | {found.people} | {times} |")
        print(f"\nA turn of the look at accounts: {look_ms():.1f} ms.")
        if asked.plans:
            for text in ("a", "a b", "maria wei"):
                print(f"\n{text}:\n{plan_of(text)}")


def populate(people: int) -> None:
    """The accounts, without words."""
    from django.db import connection

    columns = "username, first_name, last_name, password, email, is_active, is_staff"
    with connection.cursor() as cursor:
        copying = cursor.cursor.copy(
            f"COPY auth_user ({columns}, is_superuser, date_joined) FROM STDIN"
        )
        with copying as copy:
            for number, (first, last) in enumerate(itertools.islice(names(), people)):
                row = (f"person-{number}", first, last, "!", "", True, False, False, "2026-03-01")
                copy.write_row(row)


def names() -> Iterator[tuple[str, str]]:
    """First and last names, endlessly, and always the same ones."""
    chance = random.Random(14)  # noqa: S311 (the same names each time)
    firsts, lasts = _with_rare(FIRST, 3_000, chance), _with_rare(LAST, 30_000, chance)
    while True:
        yield _drawn(firsts, chance), _drawn(lasts, chance)


def _with_rare(frequent: str, rare: int, chance: random.Random) -> list[str]:
    made = {
        "".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 4))).title()
        for _ in range(rare)
    }
    return [*frequent.split(), *sorted(made)]


def _drawn(sorted_names: Sequence[str], chance: random.Random) -> str:
    """The first is the most frequent, the n-th about n times rarer."""
    return sorted_names[int(len(sorted_names) ** chance.random()) - 1]


def analyze() -> None:
    """As autovacuum does by itself after a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(text: str) -> Found:
    """Search some times."""
    from conversations.directory import search_people

    found: list[Any] = []
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = search_people(viewer_id=1, text=text)
        times.append((time.perf_counter() - began) * 1000)
    return Found(text, len(found), statistics.median(times), max(times))


def plan_of(text: str) -> str:
    """How PostgreSQL finds the people."""
    from conversations.directory import ids_found, rarest_first
    from conversations.namewords import asked_words

    rows = ids_found(rarest_first(asked_words(text)), viewer_id=1, limit=20)
    return rows.explain(analyze=True, buffers=False, timing=False)


def look_ms() -> float:
    """A turn of the keeper, which finds nothing to do."""
    from conversations.services import look_at_people

    began = time.perf_counter()
    look_at_people(connected=range(1, 1001), after=1000)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
