"""The keeper, alone on an event loop of its own with the database under it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from presence import selectors, services
from presence.keeper import PresenceKeeper, get_keeper
from presence.models import PresenceConnection, PresenceLease


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    settings.PRESENCE_LEASE_INTERVAL = 0.05
    settings.PRESENCE_SWEEP_INTERVAL = 0.05
    settings.PRESENCE_GRACE = 0.1


async def until(condition: Callable[[], bool]) -> None:
    """Ask the database until it says so."""
    deadline = time.monotonic() + 5
    while not await in_database(condition):
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)


def opening(keeper: PresenceKeeper, user: User) -> services.Opening:
    return services.Opening(
        user_id=user.pk, connection_id=uuid4(), process=keeper.process, device_info="phone"
    )


async def opens(keeper: PresenceKeeper, user: User) -> UUID:
    tab = opening(keeper, user)
    assert await keeper.open(tab)
    return tab.connection_id


async def test_it_beats(keeper: PresenceKeeper) -> None:
    keeper.ensure_started()
    keeper.ensure_started()
    await until(PresenceLease.objects.exists)
    first = (await PresenceLease.objects.aget()).last_heartbeat
    await until(lambda: PresenceLease.objects.get().last_heartbeat > first)
    assert get_keeper() is keeper


async def test_a_grace_ends_without_waiting_for_the_sweep(
    keeper: PresenceKeeper, alice: User, settings: Settings
) -> None:
    settings.PRESENCE_SWEEP_INTERVAL = 1000
    tab = await opens(keeper, alice)
    await keeper.close(tab, user_id=alice.pk)
    await keeper.close(tab, user_id=alice.pk)
    await until(lambda: not selectors.is_online(alice.pk))


async def test_after_a_lost_lease_live_connections_are_opened_again(
    keeper: PresenceKeeper, alice: User
) -> None:
    tab = await opens(keeper, alice)
    later = datetime.now(UTC) + timedelta(hours=1)
    result = await in_database(services.sweep, now=later)
    assert result.offline == [alice.pk]
    keeper.ensure_started()
    await until(lambda: selectors.is_online(alice.pk))
    assert (await PresenceConnection.objects.aget()).pk == tab


class Page:
    """What holds a connection."""

    def __init__(self, *, is_here: bool) -> None:
        self.is_here = is_here
        self.is_closed = False

    def kick(self) -> None:
        """Close it, as an operator wants it."""
        self.is_closed = True


async def test_after_a_lost_lease_nothing_is_said_of_a_client_that_is_silent_until_it_is_heard(
    keeper: PresenceKeeper, alice: User, bob: User
) -> None:
    hers, his = Page(is_here=False), Page(is_here=True)
    await keeper.open(opening(keeper, alice), holder=hers)
    await keeper.open(opening(keeper, bob), holder=his)
    await in_database(services.sweep, now=datetime.now(UTC) + timedelta(hours=1))
    keeper.ensure_started()
    await until(lambda: selectors.is_online(bob.pk))
    assert not await in_database(selectors.is_online, alice.pk)
    hers.is_here = True
    await until(lambda: selectors.is_online(alice.pk))
    assert not hers.is_closed
    assert not his.is_closed


async def test_what_was_set_offline_elsewhere_is_closed(
    keeper: PresenceKeeper, alice: User
) -> None:
    hers = Page(is_here=True)
    await keeper.open(opening(keeper, alice), holder=hers)
    await in_database(services.user_offline, user_id=alice.pk, now=datetime.now(UTC))
    keeper.ensure_started()
    await until(lambda: hers.is_closed)


async def test_a_tab_that_opens_after_a_lost_lease_learns_first_what_became_of_the_others(
    keeper: PresenceKeeper, alice: User, bob: User
) -> None:
    hers = Page(is_here=True)
    await keeper.open(opening(keeper, alice), holder=hers)
    await in_database(services.sweep, now=datetime.now(UTC) + timedelta(hours=1))
    await opens(keeper, bob)
    keeper.ensure_started()
    await until(lambda: selectors.is_online(alice.pk))
    assert not hers.is_closed


async def test_somebody_deleted_is_not_in_the_way(
    keeper: PresenceKeeper, alice: User, bob: User
) -> None:
    await opens(keeper, alice)
    await opens(keeper, bob)
    await in_database(alice.delete)
    await in_database(services.sweep, now=datetime.now(UTC) + timedelta(hours=1))
    keeper.ensure_started()
    await until(lambda: selectors.is_online(bob.pk))


async def test_a_connection_that_could_not_be_closed_is_closed_later(
    keeper: PresenceKeeper, alice: User
) -> None:
    then = datetime.now(UTC) - timedelta(seconds=6)
    await in_database(services.open_connection, opening(keeper, alice), now=then)
    keeper.ensure_started()
    await until(lambda: not PresenceConnection.objects.exists())
    await until(lambda: not selectors.is_online(alice.pk))


async def test_a_stop_in_good_order_leaves_a_grace_and_no_lease(
    keeper: PresenceKeeper, alice: User
) -> None:
    keeper.ensure_started()
    await opens(keeper, alice)
    await keeper.stop()
    assert not await PresenceLease.objects.aexists()
    presence = await in_database(selectors.get_presence, alice.pk)
    assert presence is not None
    assert (presence.status, presence.is_connected) == ("online", False)
    assert presence.grace_until is not None


@pytest.fixture
async def set_clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[float], None]]:
    """Set the clock of the machine, and so SQLite's, so many seconds ahead: until the test ends."""
    right = time.time

    def set_clock(ahead: float) -> None:
        monkeypatch.setattr(time, "time", lambda: right() + ahead)

    yield set_clock
    monkeypatch.undo()
    await in_database(clock.learn)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="another database's clock is its own")
@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
async def test_when_the_database_s_clock_is_set_nobody_is_swept_by_what_was_written_before(
    keeper: PresenceKeeper,
    alice: User,
    set_clock: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
    ahead: float,
) -> None:
    elsewhere = msgspec.structs.replace(opening(keeper, alice), process="elsewhere")
    await in_database(services.open_connection, elsewhere, now=clock.now())
    keeper.ensure_started()
    mine = PresenceLease.objects.filter(pk=keeper.process)
    await until(mine.exists)
    set_clock(ahead)
    for _ in range(4):
        before = (await mine.aget()).last_heartbeat
        await until(lambda: mine.get().last_heartbeat != before)  # noqa: B023 (awaited in the loop)
    assert abs((await mine.aget()).last_heartbeat.timestamp() - time.time()) < 5
    assert caplog.text.count("the database's clock was set") == 1
    assert await in_database(selectors.is_online, alice.pk)


def _rename(table: str, to: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{to}"')


async def test_a_database_that_is_away_is_only_waited_for(
    keeper: PresenceKeeper, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    lease = PresenceLease._meta.db_table
    await in_database(_rename, lease, "away")
    try:
        keeper.ensure_started()
        deadline = time.monotonic() + 5
        while "a step of the keeper failed" not in caplog.text:
            assert time.monotonic() < deadline, "nothing was logged"
            await asyncio.sleep(0.01)
    finally:
        await in_database(_rename, "away", lease)
    await until(PresenceLease.objects.exists)
