"""What people do all the time costs no SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from chatsite.realtime.database import in_database
from tests.cast import PATIENCE, Person
from tests.conftest import CONSUMER, OpenTab
from tests.sites import Site


@pytest.fixture(autouse=True)
async def _once_a_minute(site: Site) -> AsyncIterator[None]:
    """What the site does by the clock alone, however much people do: the next beat, the looks at
    everybody's session and name, the sweep. From before the first request on, which begins it."""
    with override_settings(PRESENCE_LEASE_INTERVAL=60.0, PRESENCE_SWEEP_INTERVAL=60.0):
        yield


@pytest.fixture
async def statements(alice: Person) -> AsyncIterator[list[str]]:
    """What the one database thread of the site executes, but the beat of its lease."""
    if connection.vendor != "sqlite":
        pytest.skip("elsewhere there are many database threads")
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "presence_presencelease" not in sql:
            seen.append(sql)
        return execute(sql, *rest)

    await in_database(lambda: connection.execute_wrappers.append(note))
    yield seen
    await in_database(lambda: connection.execute_wrappers.remove(note))


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_heartbeats_and_typing_cost_no_sql(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, statements: list[str]
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.hears(type="presence", senderId=bob.user_id)
    assert statements, "to connect is noted"
    statements.clear()
    await hers.says(type="presence")
    await hers.hears(type="presence", senderId=alice.user_id)
    for is_typing in (True, False):
        await hers.says(type="typing", conversationId=room, isTyping=is_typing)
        await his.hears(type="typing", senderId=alice.user_id, isTyping=is_typing)
    assert statements == []


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_a_look_at_all_sessions_is_two_reads_however_many_there_are(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, statements: list[str]
) -> None:
    with override_settings(PRESENCE_LEASE_INTERVAL=0.1):
        tabs = [await open_tab(person) for person in (alice, alice, bob)]
        await tabs[-1].hears_nothing(type="error")
        statements.clear()
        async with asyncio.timeout(PATIENCE):
            while len(of_sessions(statements)) < 7:
                await asyncio.sleep(0.01)
    assert all(sql.startswith("SELECT") for sql in statements)
    tables = [sql.partition(' FROM "')[2].partition('"')[0] for sql in of_sessions(statements)]
    # The first may be the second half of a look.
    whole = tables[tables[0] == "django_session" :][:6]
    assert whole == ["auth_user", "django_session"] * 3


def of_sessions(statements: list[str]) -> list[str]:
    """Those that read sessions, and the accounts with what a session is compared with: another
    look is at what the accounts are called."""
    return [sql for sql in statements if "django_session" in sql or '"password"' in sql]


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_a_burst_of_marks_is_few_writes(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, statements: list[str]
) -> None:
    with override_settings(STREAM_RATE=1000, STREAM_BURST=1000):
        hers, his = await open_tab(alice), await open_tab(bob)
        for number in range(250):
            await hers.writes(room, str(number))
        messages = [await his.hears(type="message", content=str(n)) for n in range(250)]
        statements.clear()
        for message in messages:
            for kind in ("delivered", "read"):
                await his.says(type=kind, conversationId=room, messageId=message["messageId"])
        await hers.hears(type="read", senderId=bob.user_id, sequence=250)
    writes = [sql for sql in statements if sql.startswith("UPDATE")]
    assert 1 <= len(writes) <= 5
    assert len(statements) <= 40


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_to_connect_costs_as_much_however_many_conversations_there_are(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, statements: list[str]
) -> None:
    with override_settings(PRESENCE_MAX_AUDIENCE=1):
        first = await open_tab(alice)
        await first.hears_nothing(type="error")
        costs = []
        for extra in (0, 5):
            for number in range(extra):
                await alice.starts_conversation(bob, title=str(number))
            statements.clear()
            tab = await open_tab(alice)
            costs.append(len(statements))
            await tab.hears_nothing(type="presence", senderId=bob.user_id)
    assert costs[0] == costs[1]


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_for_a_client_that_goes_at_once_no_state_is_read(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, statements: list[str]
) -> None:
    await open_tab(bob)
    assert any('AS "unread"' in sql for sql in statements)
    statements.clear()
    hers = await open_tab(alice, ready=False)
    await hers.closes()
    assert not any('AS "unread"' in sql for sql in statements)
