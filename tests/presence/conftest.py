"""The cast, a clock to start from, and an ear at the channel layer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.contrib.auth.models import User
from django.db import connections
from pytest_django import Settings

from presence import services
from presence.keeper import PresenceKeeper, get_keeper
from tests import ears

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

EVERYBODY = "conversation.1"
"""The group that hears of everyone here, as PRESENCE_AUDIENCE says."""


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def audience(user_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Everybody hears of everybody."""
    return {user_id: [EVERYBODY] for user_id in user_ids}


@pytest.fixture(autouse=True)
def _one_room(settings: Settings) -> None:
    settings.PRESENCE_AUDIENCE = "tests.presence.conftest.audience"


@pytest.fixture
def alice(transactional_db: None) -> User:
    """Who comes and goes."""
    return User.objects.create(username="alice")


@pytest.fixture
def bob(transactional_db: None) -> User:
    """Who does so beside her."""
    return User.objects.create(username="bob")


class Ear(ears.Ear):
    """Who hears of whom."""

    def hears(self) -> list[tuple[int, str, int]]:
        """The events, as (who, status, sequence)."""
        return [
            (event["senderId"], event["presenceStatus"], event["sequence"])
            for event in self.events()
        ]


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Bob's ear in the room."""
    channel_layers.backends.clear()
    yield Ear(EVERYBODY)
    channel_layers.backends.clear()


@pytest.fixture
async def keeper(transactional_db: None) -> AsyncIterator[PresenceKeeper]:
    """The keeper of the test's event loop."""
    keeper = get_keeper()
    yield keeper
    await keeper.stop()
    # The thread in which a loop awaits the ORM would keep its connection beyond the loop.
    await sync_to_async(connections.close_all)()


OpenTab = Callable[..., UUID]


@pytest.fixture
def open_tab() -> OpenTab:
    """``open_tab(alice, now=NOON)``: open a connection; its id."""

    def open_tab(
        user: User,
        *,
        now: datetime = NOON,
        process: str = "one",
        device: str = "laptop",
        is_idle: bool = False,
    ) -> UUID:
        connection_id = uuid4()
        opening = services.Opening(
            user_id=user.pk,
            connection_id=connection_id,
            process=process,
            device_info=device,
            is_idle=is_idle,
        )
        services.open_connection(opening, now=now)
        return connection_id

    return open_tab
