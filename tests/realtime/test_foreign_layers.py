"""The site on layers of other packages: what is published arrives, and goes on arriving."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers, get_channel_layer
from django.test import override_settings

from chatsite.realtime.controls import Control, Kicked
from chatsite.realtime.fanout import Fanout
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.configured import get_layer, require_layer
from chatsite.realtime.layers.foreign import ForeignLayer
from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.publish import publish, signal
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from tests.services import free_port, redis_server

ALICE, BOB = 1, 2
ROOM = conversation_group(12)
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
REDIS = ["channels_redis.pubsub.RedisPubSubChannelLayer", "channels_redis.core.RedisChannelLayer"]

MESSAGE = ChatStreamMessage(
    type=ChatMessageType.MESSAGE, conversation_id=12, sender_id=BOB, sequence=1, content="Hello"
)
TYPING = ChatStreamMessage(
    type=ChatMessageType.TYPING, conversation_id=12, sender_id=BOB, is_typing=True
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
async def uses(server: str) -> AsyncIterator[Callable[[str], None]]:
    """Let CHANNEL_LAYERS name a backend."""
    override: Any = None

    def uses(backend: str, url: str = server) -> None:
        nonlocal override
        config = {} if backend == IN_MEMORY else {"hosts": [host_from(url)]}
        override = override_settings(
            CHANNEL_LAYERS={"default": {"BACKEND": backend, "CONFIG": config}}
        )
        override.enable()
        channel_layers.backends.clear()

    yield uses
    layer: Any = get_channel_layer()
    if hasattr(layer, "close_pools"):
        await layer.close_pools()
    elif not isinstance(layer, InMemoryChannelLayer):
        await layer.flush()
    override.disable()
    channel_layers.backends.clear()


class Tab:
    """A connection in the fan-out, and what reached it."""

    def __init__(self, user_id: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.controls: list[Control] = []
        self.socket = Socket(user_id=user_id, send=self._send, control=self._control, limit=100)
        self.socket.release([])

    async def _send(self, message: dict[str, Any]) -> None:
        self.events += json.loads(message["text"])

    async def _control(self, control: Control) -> None:
        self.controls.append(control)

    def hears(self, kind: str) -> bool:
        return any(event["type"] == kind for event in self.events)


async def until(true: Callable[[], bool], say: Callable[[], Awaitable[None]]) -> None:
    """Say it, again and again, until it is true: some of these layers can't tell when a
    subscription is in force."""
    async with asyncio.timeout(10):
        while not true():
            await say()
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("backend", [IN_MEMORY, *REDIS])
async def test_messages_typing_and_controls_arrive_on_a_layer_of_another_package(
    uses: Callable[[str], None], backend: str
) -> None:
    uses(backend)
    fanout = Fanout(get_layer())
    alice, bob = Tab(ALICE), Tab(BOB)
    for tab in (alice, bob):
        await fanout.join(tab.socket, [ROOM, user_group(tab.socket.user_id)])
    await until(lambda: alice.hears("typing"), lambda: publish(ROOM, TYPING))
    await until(lambda: bob.hears("message"), lambda: publish(ROOM, MESSAGE))
    await until(lambda: alice.hears("message"), lambda: publish(ROOM, MESSAGE))
    await until(lambda: bool(alice.controls), lambda: signal(user_group(ALICE), Kicked()))
    assert not bob.hears("typing")
    assert bob.controls == []
    await fanout.leave(bob.socket, [ROOM])
    before = len(bob.events)
    await until(lambda: alice.events.count(alice.events[-1]) > 9, lambda: publish(ROOM, MESSAGE))
    assert len(bob.events) == before
    await require_layer()
    await fanout.stop()


@pytest.mark.parametrize("backend", REDIS)
async def test_a_foreign_layer_that_is_away_has_the_one_error(
    uses: Callable[..., None], backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    uses(backend, f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(LayerUnavailable):
        await require_layer()
    with pytest.raises(LayerUnavailable):
        await Fanout(get_layer()).join(Tab(ALICE).socket, [ROOM])
    with caplog.at_level(logging.ERROR):
        await publish(ROOM, MESSAGE)
    assert f"could not publish to {ROOM}" in caplog.text


async def test_a_layer_that_forgets_memberships_is_told_of_them_in_time() -> None:
    layer = InMemoryChannelLayer(group_expiry=1)
    fanout = Fanout(ForeignLayer(layer))
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    [(channel, joined)] = layer.groups[ROOM].items()
    async with asyncio.timeout(10):
        while layer.groups[ROOM][channel] == joined:
            await asyncio.sleep(0.02)
    await fanout.remove(alice.socket)
    assert ROOM not in layer.groups
    await fanout.stop()


async def test_what_does_not_say_for_which_group_it_is_reaches_nobody_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    layer = InMemoryChannelLayer()
    foreign = ForeignLayer(layer)
    fanout = Fanout(foreign)
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    lost = {"type": "stream.events", "events": [{"type": "conversation", "conversationId": 12}]}
    for _ in range(2):
        await layer.group_send(ROOM, lost)
    last = {"type": "message", "conversationId": 12, "sequence": 1}
    await foreign.group_send_many([(ROOM, {"type": "stream.events", "events": [last]})])
    async with asyncio.timeout(5):
        while not alice.events:
            await asyncio.sleep(0)
    await fanout.stop()
    assert alice.events == [last]
    assert caplog.text.count("does not say which group it is for") == 1
