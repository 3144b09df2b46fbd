"""What the list and the page cost somebody in many conversations, and in very large ones, on a
PostgreSQL of its own.

    python -m benchmarks.long_lists
    python -m benchmarks.long_lists --people 10000

Eve is in 20 groups of 2,000 people each, Mallory in 1,000 conversations of two.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from datetime import timedelta
from typing import Any, NamedTuple

import django
from django.core.management import call_command

from tests.services import postgres

GROUPS, GROUP_SIZE, DIRECT = 20, 2_000, 1_000
ROUNDS = 9

REQUESTS = (
    ("eve", "/"),
    ("eve", "/api/conversations/"),
    ("eve", "/api/conversations/?limit=30&participants=10"),
    ("eve", "/api/conversations/?q=person-17&participants=10"),
    ("eve", "/api/conversations/1/participants/?limit=200"),
    ("eve", "/api/conversations/1/participants/?q=person-17"),
    ("mallory", "/"),
    ("mallory", "/api/conversations/"),
    ("mallory", "/api/conversations/?limit=30&participants=10"),
    ("mallory", "/api/conversations/?q=person-17&participants=10"),
)


class Cost(NamedTuple):
    """What one request takes in this process, without a network."""

    kilobytes: float
    median_ms: float
    slowest_ms: float


def main() -> None:
    """Make the people and conversations, ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    asked = parser.parse_args()
    with postgres() as url:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
        django.setup()
        call_command("migrate", verbosity=0)
        populate(asked.people)
        print(
            "| who | asks for | KB | median ms | slowest ms |\n| --- | --- | ---: | ---: | ---: |"
        )
        for who, path in REQUESTS:
            cost = measure(who, path)
            times = f"{cost.median_ms:.0f} | {cost.slowest_ms:.0f}"
            print(f"| {who} | `{path}` | {cost.kilobytes:,.0f} | {times} |")


def populate(people: int) -> None:
    """The accounts, with words to find them by, and the conversations."""
    from django.contrib.auth.models import User
    from django.db import connection

    from conversations.services import settle_people

    made = [User(username=name) for name in ("eve", "mallory")]
    made += [User(username=f"person-{number}", first_name="Maria") for number in range(people)]
    accounts = User.objects.bulk_create(made, batch_size=10_000)
    eve, mallory, *others = [account.pk for account in accounts]
    settle_people([eve, mallory, *others], is_new=True)
    for number in range(GROUPS):
        converse([eve, *others[: GROUP_SIZE - 1]], title=f"Everybody {number}", minutes=number)
    for number, other in enumerate(itertools.islice(others, DIRECT)):
        converse([mallory, other], title="", minutes=number)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def converse(user_ids: list[int], *, title: str, minutes: int) -> None:
    """A conversation with one message of the second of them, so long ago."""
    from chatsite.realtime import clock
    from conversations.models import Conversation, Message, Participant

    at = clock.now() - timedelta(minutes=minutes)
    key = None if title else ":".join(map(str, sorted(user_ids)))
    conversation = Conversation.objects.create(
        title=title, direct_key=key, sequence=1, created_at=at, active_at=at
    )
    Participant.objects.bulk_create(
        Participant(conversation=conversation, user_id=pk, joined_at=at) for pk in user_ids
    )
    Message.objects.create(
        conversation=conversation,
        sequence=1,
        sender_id=user_ids[1],
        client_message_id="a",
        content="Shall we meet at noon?",
        created_at=at,
    )


def measure(who: str, path: str) -> Cost:
    """Ask some times, after once that does not count."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username=who))
    answer: Any = client.get(path)
    assert answer.status_code == 200, answer.content[:500]
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - began) * 1000)
    return Cost(len(answer.content) / 1024, statistics.median(times), max(times))


if __name__ == "__main__":
    main()
