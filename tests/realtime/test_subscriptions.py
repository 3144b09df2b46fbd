"""Subscriptions on a real Redis: few commands for many, and in force once somebody has joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import redis

from chatsite.realtime.fanout import Fanout
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.layers.redis.layer import RedisLayer
from chatsite.realtime.socket import Socket
from tests.services import redis_server

PEOPLE, ROOMS_EACH = 300, 20


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
async def layer(server: str) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(hosts=[host_from(server)])
    yield layer
    await layer.flush()


async def _ignore(_: object) -> None:
    """Nothing is looked at here but what Redis was told."""


def a_socket(user_id: int) -> Socket:
    return Socket(user_id=user_id, send=_ignore, control=_ignore, limit=100)


def calls(server: str, command: str) -> int:
    with redis.Redis.from_url(server) as client:
        statistics: dict[str, Any] = client.info("commandstats")
        return int(statistics.get(f"cmdstat_{command}", {"calls": 0})["calls"])


def subscribers(layer: RedisLayer, server: str, group: str) -> int:
    """How many hear what is sent to the group from now on, as Redis has it."""
    with redis.Redis.from_url(server) as client:
        (_, count), *_ = client.pubsub_numsub(layer._get_layer()._get_group_channel_name(group))
        return int(count)


async def test_many_who_come_and_go_at_once_share_commands(layer: RedisLayer, server: str) -> None:
    fanout = Fanout(layer)
    rooms = {
        a_socket(user_id): [conversation_group(user_id + room) for room in range(ROOMS_EACH)]
        for user_id in range(PEOPLE)
    }
    before = calls(server, "subscribe"), calls(server, "unsubscribe")
    await asyncio.gather(*(fanout.join(socket, groups) for socket, groups in rooms.items()))
    await asyncio.gather(*(fanout.remove(socket) for socket in rooms))
    assert calls(server, "subscribe") - before[0] <= 5
    assert calls(server, "unsubscribe") - before[1] <= 5
    assert not fanout.has_members(conversation_group(0))
    await fanout.stop()


async def test_who_has_joined_misses_nothing_whoever_publishes(
    layer: RedisLayer, server: str
) -> None:
    fanout = Fanout(layer)
    for number in range(50):
        group = conversation_group(number)
        await fanout.join(a_socket(1), [group])
        assert subscribers(layer, server, group) == 1
    await fanout.stop()


async def test_the_last_leave_does_not_undo_the_next_join(layer: RedisLayer, server: str) -> None:
    fanout = Fanout(layer)
    group = conversation_group(7)
    socket = a_socket(1)
    for _ in range(20):
        await fanout.join(socket, [group])
        await asyncio.gather(fanout.leave(socket, [group]), fanout.join(a_socket(2), [group]))
        assert subscribers(layer, server, group) == 1
    await fanout.stop()


class Watcher:
    """Looks, when it is told that all comes again, whether Redis says so too."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self.told: list[str] = []
        self.is_back = asyncio.Event()
        self._look = look

    def interrupted(self, server: object) -> None:
        self.told.append("interrupted")

    def restored(self, server: object) -> None:
        self.told.append("restored" if self._look() else "too soon")
        self.is_back.set()


async def test_what_was_interrupted_is_restored_once_redis_has_confirmed_all(
    layer: RedisLayer, server: str
) -> None:
    fanout = Fanout(layer)
    groups = [conversation_group(number) for number in range(500)]
    await fanout.join(a_socket(1), groups)
    watcher = Watcher(lambda: all(subscribers(layer, server, group) for group in groups[::99]))
    layer.watch(watcher)
    with redis.Redis.from_url(server) as client:
        client.client_kill_filter(_type="pubsub")
    async with asyncio.timeout(10):
        await watcher.is_back.wait()
    assert watcher.told == ["interrupted", "restored"]
    await fanout.stop()
