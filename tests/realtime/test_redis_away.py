"""A process pays once for a Redis that is away, on however many event loops it publishes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.layers import channel_layers
from django.test import override_settings

from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.layers.redis.layer import RedisLayer
from chatsite.realtime.layers.redis.shard import ANSWER_TIMEOUT
from chatsite.realtime.publish import publish_sync
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from tests.proxy import Proxy
from tests.services import free_port, redis_server

EVENT = ChatStreamMessage(type=ChatMessageType.CONVERSATION, conversation_id=1)


@pytest.fixture
def publishes_to() -> Iterator[Callable[[int], None]]:
    """Let ``publish`` speak to the Redis on a port."""
    overrides: list[Any] = []

    def publishes_to(port: int) -> None:
        backend = "chatsite.realtime.layers.redis.layer.RedisLayer"
        config = {"hosts": [host_from(f"redis://127.0.0.1:{port}")]}
        overrides.append(
            override_settings(CHANNEL_LAYERS={"default": {"BACKEND": backend, "CONFIG": config}})
        )
        overrides[-1].enable()
        channel_layers.backends.clear()

    yield publishes_to
    for override in overrides:
        override.disable()
    channel_layers.backends.clear()


def test_a_worker_waits_once_for_a_redis_that_hangs(
    publishes_to: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        publishes_to(silent.getsockname()[1])
        began = time.monotonic()
        for _ in range(10):
            publish_sync("conversation.1", EVENT)
        assert time.monotonic() - began < 3 * ANSWER_TIMEOUT
    assert "did not answer in time" in caplog.text


async def test_once_it_is_back_those_hear_of_it_who_missed_what_a_worker_published(
    publishes_to: Callable[[int], None],
) -> None:
    port = free_port()
    with redis_server(port):
        async with Proxy(port) as proxy:
            publishes_to(proxy.port)
            beside = RedisLayer(hosts=[host_from(f"redis://127.0.0.1:{port}")])
            channel = await beside.new_channel()
            await beside.group_add("conversation.1", channel)
            proxy.cut()
            await asyncio.to_thread(publish_sync, "conversation.1", EVENT)
            proxy.mends()
            missed = await asyncio.wait_for(beside.receive(channel), 10)
            assert (missed["group"], missed["control"]) == (
                "conversation.1",
                {"type": "stream.lost"},
            )
            async with asyncio.timeout(20):
                # That something was missed is told a moment before it is known here that Redis
                # takes all again. What fails in that moment is told of once more.
                while not missed["events"]:
                    await asyncio.to_thread(publish_sync, "conversation.1", EVENT)
                    missed = await beside.receive(channel)
            await beside.flush()
