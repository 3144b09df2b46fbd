"""Makes people who are signed in already, and conversations of theirs: thousands in a second.

    DJANGO_SETTINGS_MODULE=… DATABASE_URL=… python -m benchmarks.people < plan.json

Runs in the environment of a server, this project's or the tutorial's, and prints who was made.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import msgspec


class Plan(msgspec.Struct, frozen=True):
    """Whom to make. People are numbered from 0."""

    people: int
    rooms: list[list[int]] = []
    """The numbers of the people in each conversation."""
    unseen: list[int] = []
    """Who chose to appear offline, so that nobody is told when they come."""
    online: list[int] = []
    """Who is said to be online, without a connection."""


class Made(msgspec.Struct, frozen=True):
    """Whom it made, in the order of their numbers."""

    user_ids: list[int]
    sessions: list[str]
    room_ids: list[int]


def main() -> None:
    """Make what stdin asks for."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    django.setup()
    now = datetime.now(UTC)
    users = make_users(plan.people)
    made = Made(
        user_ids=[user.pk for user in users],
        sessions=sign_in(users, until=now + timedelta(days=1)),
        room_ids=make_rooms(users, plan, now=now),
    )
    sys.stdout.buffer.write(msgspec.json.encode(made))


def make_users(count: int) -> list[Any]:
    """People without a password."""
    from django.contrib.auth import get_user_model

    model = get_user_model()
    rows = [model(username=f"person-{number}", password="!") for number in range(count)]
    return list(model.objects.bulk_create(rows, batch_size=2000))


def sign_in(users: Sequence[Any], *, until: datetime) -> list[str]:
    """A session for each, as signing in makes it; their keys."""
    from django.contrib import auth
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    store = SessionStore()
    rows = [
        Session(
            session_key=secrets.token_hex(16),
            session_data=store.encode(
                {
                    auth.SESSION_KEY: str(user.pk),
                    auth.BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
                    auth.HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=until,
        )
        for user in users
    ]
    Session.objects.bulk_create(rows, batch_size=2000)
    return [row.session_key for row in rows]


def make_rooms(users: Sequence[Any], plan: Plan, *, now: datetime) -> list[int]:
    """The conversations, where the project has such; else their numbers from 1."""
    from django.apps import apps

    if not apps.is_installed("conversations"):
        return list(range(1, len(plan.rooms) + 1))
    from conversations import services
    from conversations.models import Conversation, Participant
    from presence.models import UserPresence

    # Else the servers would do it while they are measured.
    services.settle_people([user.pk for user in users], is_new=True)
    rooms = Conversation.objects.bulk_create(
        [Conversation(created_at=now, active_at=now) for _ in plan.rooms], batch_size=2000
    )
    Participant.objects.bulk_create(
        [
            Participant(conversation=room, user=users[number], joined_at=now)
            for room, numbers in zip(rooms, plan.rooms, strict=True)
            for number in numbers
        ],
        batch_size=5000,
    )
    seen = {"last_heartbeat": now, "last_seen": now}
    unseen = [
        UserPresence(user=users[number], chosen_status="offline", **seen) for number in plan.unseen
    ]
    online = [
        UserPresence(user=users[number], status="online", sequence=1, **seen)
        for number in plan.online
    ]
    UserPresence.objects.bulk_create([*unseen, *online], batch_size=2000)
    return [room.pk for room in rooms]


if __name__ == "__main__":
    main()
