"""Many at once: a restart brings everybody within seconds, and costs few transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from pytest_django import Settings

from chatsite.realtime.database import in_database
from presence import selectors, services
from presence.keeper import PresenceKeeper
from presence.models import PresenceConnection, PresenceLease, UserPresence
from tests.presence.conftest import NOON, Ear, OpenTab, at

PEOPLE = 2_000


@pytest.fixture
def crowd(transactional_db: None) -> list[int]:
    """The ids of many people."""
    names = (f"person-{number}" for number in range(PEOPLE))
    return [user.pk for user in User.objects.bulk_create(User(username=name) for name in names)]


class Transactions:
    """What the database threads begin, in a test that leaves them one."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Note one statement, and run it."""
        self.statements.append(sql)
        return execute(sql, *rest)

    @property
    def begun(self) -> int:
        """How many transactions were begun."""
        return sum(sql.startswith("BEGIN") for sql in self.statements)

    @property
    def writes(self) -> list[str]:
        """The statements that change something."""
        return [sql for sql in self.statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.fixture
async def transactions(transactional_db: None) -> AsyncIterator[Transactions]:
    """What is begun in the one database thread that SQLite has."""
    if connection.vendor != "sqlite":
        pytest.skip("elsewhere there are many database threads, and BEGIN is the driver's")
    transactions = Transactions()
    await in_database(lambda: connection.execute_wrappers.append(transactions))
    yield transactions
    await in_database(lambda: connection.execute_wrappers.remove(transactions))


def opening(keeper: PresenceKeeper, user_id: int, **more: Any) -> services.Opening:
    return services.Opening(user_id=user_id, connection_id=uuid4(), process=keeper.process, **more)


async def test_everybody_comes_and_goes_in_few_transactions(
    keeper: PresenceKeeper, crowd: list[int], transactions: Transactions
) -> None:
    tabs = [opening(keeper, user_id, device_info=f"phone {user_id}") for user_id in crowd]
    assert all(await asyncio.gather(*map(keeper.open, tabs)))
    assert await UserPresence.objects.filter(status="online", is_connected=True).acount() == PEOPLE
    assert transactions.begun <= 10
    transactions.statements.clear()
    await asyncio.gather(*(keeper.close(tab.connection_id, user_id=tab.user_id) for tab in tabs))
    assert await PresenceConnection.objects.acount() == 0
    assert await UserPresence.objects.exclude(grace_until=None).acount() == PEOPLE
    assert transactions.begun <= 10


async def test_a_swept_process_opens_everything_again_in_few_transactions(
    keeper: PresenceKeeper, crowd: list[int], transactions: Transactions
) -> None:
    tabs = [opening(keeper, user_id) for user_id in crowd]
    await asyncio.gather(*map(keeper.open, tabs))
    await keeper.set_idle(tabs[0].connection_id, user_id=crowd[0], is_idle=True)
    await PresenceLease.objects.aupdate(last_heartbeat=NOON)
    await in_database(services.sweep, now=at(3600))
    assert await PresenceConnection.objects.acount() == 0
    transactions.statements.clear()
    keeper.ensure_started()
    while await PresenceConnection.objects.acount() < PEOPLE:
        await asyncio.sleep(0.01)
    assert transactions.begun <= 15
    idle = PresenceConnection.objects.filter(is_idle=True)
    assert (await idle.aget()).pk == tabs[0].connection_id
    assert await UserPresence.objects.filter(status="away").acount() == 1


async def test_a_beat_is_one_write_whatever_hangs_on_it(
    keeper: PresenceKeeper, crowd: list[int], transactions: Transactions
) -> None:
    await asyncio.gather(*(keeper.open(opening(keeper, user_id)) for user_id in crowd))
    transactions.statements.clear()
    await in_database(services.beat, process=keeper.process, now=at(10**9))
    transactions.statements.clear()
    assert await in_database(services.beat, process=keeper.process, now=at(10**9 + 10))
    assert len(transactions.writes) == 1


async def test_a_process_that_stops_closes_everything_in_few_transactions(
    keeper: PresenceKeeper, crowd: list[int], transactions: Transactions
) -> None:
    await asyncio.gather(*(keeper.open(opening(keeper, user_id)) for user_id in crowd))
    transactions.statements.clear()
    await keeper.stop()
    assert await PresenceConnection.objects.acount() == 0
    assert not await PresenceLease.objects.aexists()
    assert transactions.begun <= 10


async def test_one_bad_opening_fails_alone(keeper: PresenceKeeper, alice: User, bob: User) -> None:
    nobody = bob.pk + 1000
    good, bad, other = (opening(keeper, user_id) for user_id in (alice.pk, nobody, bob.pk))
    first = opening(keeper, alice.pk)
    outcomes = await asyncio.gather(
        *map(keeper.open, (first, good, bad, other)), return_exceptions=True
    )
    assert [outcomes[0], outcomes[1], outcomes[3]] == [True, True, True]
    assert isinstance(outcomes[2], IntegrityError)
    assert await in_database(lambda: selectors.count_connections(user_id=alice.pk)) == 2


async def test_the_limit_holds_for_those_who_come_at_once(
    keeper: PresenceKeeper, alice: User, bob: User, settings: Settings
) -> None:
    settings.STREAM_MAX_CONNECTIONS_PER_USER = 3
    hers = [opening(keeper, alice.pk) for _ in range(10)]
    outcomes = await asyncio.gather(*map(keeper.open, [*hers, opening(keeper, bob.pk)]))
    assert (sum(outcomes[:10]), outcomes[10]) == (3, True)
    assert await PresenceConnection.objects.filter(user=alice).acount() == 3


def test_opening_many_announces_each_change_once(alice: User, bob: User, ear: Ear) -> None:
    tabs = [
        services.Opening(user_id=user.pk, connection_id=uuid4(), process="one", is_idle=is_idle)
        for user in (alice, bob)
        for is_idle in (True, user is bob)
    ]
    services.open_connections(tabs, now=NOON)
    services.open_connections(tabs, now=at(1))
    assert [sorted((e["senderId"], e["presenceStatus"]) for e in p) for p in ear.publishes()] == [
        [(alice.pk, "online"), (bob.pk, "away")]
    ]


def test_closing_many_shows_what_is_left(
    alice: User, bob: User, ear: Ear, open_tab: OpenTab
) -> None:
    gone: list[UUID] = [open_tab(alice), open_tab(bob), uuid4()]
    open_tab(alice, is_idle=True)
    ear.hears()
    services.close_connections(gone, now=at(1))
    assert ear.hears() == [(alice.pk, "away", 2)]
    assert services.settle_grace(now=at(60)) == [bob.pk]
