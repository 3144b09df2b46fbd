"""What a server does from its start on, as ASGI tells it of the start and of the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.db import connections

from chatsite.asgi import application
from chatsite.realtime.database import in_database
from presence.keeper import get_keeper
from presence.models import PresenceLease, UserPresence

pytestmark = pytest.mark.django_db(transaction=True)


def _has_lease() -> bool:
    return PresenceLease.objects.exists()


def _is_offline() -> bool:
    return UserPresence.objects.get().status == "offline"


def _was_online_long_ago() -> None:
    person = User.objects.create(username="alice")
    long_ago = person.date_joined.replace(year=2020)
    UserPresence.objects.create(
        user=person, status="online", last_seen=long_ago, last_heartbeat=long_ago
    )


async def _until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not await in_database(condition):
            await asyncio.sleep(0.01)


def _server(scope: dict[str, Any]) -> ApplicationCommunicator:
    return ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]


async def test_it_vouches_and_sweeps_at_once_and_leaves_no_lease() -> None:
    await in_database(_was_online_long_ago)
    server = _server({"type": "lifespan"})
    await server.send_input({"type": "lifespan.startup"})
    assert await server.receive_output() == {"type": "lifespan.startup.complete"}
    await _until(_has_lease)
    await _until(_is_offline)
    await server.send_input({"type": "lifespan.shutdown"})
    assert await server.receive_output(timeout=5) == {"type": "lifespan.shutdown.complete"}
    await server.wait()
    assert not await in_database(_has_lease)
    await in_database(connections.close_all)


async def test_without_a_word_of_the_start_the_first_request_starts_it() -> None:
    request = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "headers": [],
        "query_string": b"",
    }
    server = _server(request)
    await server.send_input({"type": "http.request"})
    await server.receive_output(timeout=5)
    await _until(_has_lease)
    await server.receive_output(timeout=5)
    await server.wait()
    await get_keeper().stop()
    await in_database(connections.close_all)
