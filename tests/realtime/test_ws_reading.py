"""uvicorn's protocol as the site has it: what a client may make it hold, and when it gives up."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.test import override_settings
from uvicorn import Config, Server

from chatsite.realtime.extensions import begin_reading, hold_reading
from chatsite.realtime.ws_parser import LATE_FRAMES
from chatsite.realtime.ws_protocol import BroadcastProtocol
from tests.cast import PATIENCE
from tests.rawclient import CLOSE, COMPRESSED, CONTINUATION, PING, PONG, TEXT, RawClient, frame_of

LIMIT = 1_000
BURST = 5
MANY = 40_000
"""Frames that come in one read."""


class Application:
    """Accepts, and keeps what it reads, once it may go on."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()
        self.messages: list[dict[str, Any]] = []
        self.has_read = asyncio.Condition()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await self.may_read.wait()
        while not self.messages or self.messages[-1]["type"] != "websocket.disconnect":
            message = await receive()
            async with self.has_read:
                self.messages.append(message)
                self.has_read.notify_all()

    async def reads(self, count: int) -> list[dict[str, Any]]:
        """So many messages."""
        async with asyncio.timeout(PATIENCE), self.has_read:
            await self.has_read.wait_for(lambda: len(self.messages) >= count)
        return self.messages


@asynccontextmanager
async def serving(
    application: Callable[..., Awaitable[None]], *, limit: int = LIMIT, **options: Any
) -> AsyncIterator[Server]:
    """A server of the application, on this event loop."""
    options = {"ws_ping_interval": None, **options}
    config = Config(
        application, ws=BroadcastProtocol, port=0, lifespan="off", log_config=None, **options
    )
    server = Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with override_settings(STREAM_MAX_FRAME=limit):
        await server.startup()
        try:
            yield server
        finally:
            for protocol in list(server.server_state.connections):
                protocol.transport.abort()
            await server.shutdown()


def deflated(content: bytes) -> bytes:
    """As ``permessage-deflate`` wants it."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return (packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(
        b"\x00\x00\xff\xff"
    )


def port_of(server: Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def protocol_of(server: Server) -> BroadcastProtocol:
    """That of the one connection."""
    [protocol] = server.server_state.connections
    assert isinstance(protocol, BroadcastProtocol)
    return protocol


async def test_fragments_are_counted_while_they_come() -> None:
    application = Application()
    application.may_read.set()
    async with serving(application) as server:
        client = await RawClient.opened(port_of(server))
        await client.sends_without_end(fragments=5, size=LIMIT // 4)
        async with asyncio.timeout(PATIENCE):
            assert await client.close_code() == 1009
        [ended] = await application.reads(1)
        assert (ended["type"], ended["code"]) == ("websocket.disconnect", 1009)


async def test_a_fragment_too_large_is_refused_before_it_is_there() -> None:
    application = Application()
    application.may_read.set()
    async with serving(application) as server:
        client = await RawClient.opened(port_of(server))
        await client.sends(TEXT, b"a" * (LIMIT + 1), is_last=False)
        # What follows is dropped, and resets nothing.
        await client.sends_without_end(fragments=100, size=60_000)
        async with asyncio.timeout(PATIENCE):
            assert await client.close_code() == 1009


async def test_fragments_within_the_limit_are_one_message() -> None:
    application = Application()
    application.may_read.set()
    async with serving(application) as server:
        client = await RawClient.opened(port_of(server))
        await client.sends(TEXT, "ü".encode()[:1], is_last=False)
        for _ in range(50):
            await client.sends(CONTINUATION, b"", is_last=False)
        await client.sends(CONTINUATION, "ü".encode()[1:] + b"b" * (LIMIT - 2))
        [message] = await application.reads(1)
        assert message["text"] == "ü" + "b" * (LIMIT - 2)
        client.hangs_up()


async def test_what_inflates_beyond_the_limit_is_refused_while_it_inflates() -> None:
    application = Application()
    application.may_read.set()
    bomb = deflated(bytes(60_000_000))
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate"}
    # The bomb is within the limit until it is inflated.
    async with serving(application, limit=len(bomb)) as server:
        whole, begun = [await RawClient.opened(port_of(server), headers=offer) for _ in range(2)]
        tracemalloc.start()
        await whole.sends(TEXT | COMPRESSED, bomb)
        await begun.sends(TEXT | COMPRESSED, bomb[:30_000], is_last=False)
        async with asyncio.timeout(PATIENCE):
            assert [await client.close_code() for client in (whole, begun)] == [1009, 1009]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [message["type"] for message in await application.reads(2)] == [
            "websocket.disconnect"
        ] * 2
    # The bomb itself, where it is read, held and given to zlib.
    assert peak < 20 * len(bomb)


async def test_nothing_is_read_before_the_application_asks_for_it() -> None:
    application = Application()
    async with serving(application) as server:
        client = await RawClient.opened(port_of(server))
        await client.sends(TEXT, b"first")
        # By then whatever of it would be read was.
        other = await RawClient.opened(port_of(server))
        for protocol in server.server_state.connections:
            assert isinstance(protocol, BroadcastProtocol)
            assert protocol.queue.empty()
            assert not protocol.conn.reader.buffer
        application.may_read.set()
        [message] = await application.reads(1)
        assert message["text"] == "first"
        client.hangs_up()
        other.hangs_up()


async def test_of_many_tiny_frames_only_so_many_are_held() -> None:
    application = Application()
    with override_settings(STREAM_BURST=5):
        async with serving(application) as server:
            client = await RawClient.opened(port_of(server))
            protocol = protocol_of(server)
            frame = bytes([0x81, 0x80]) + bytes(4)
            protocol.data_received(500 * frame)
            application.may_read.set()
            protocol.connection_lost(None)
            messages = await application.reads(12)
            assert [message["type"] for message in messages] == [
                *["websocket.receive"] * 11,
                "websocket.disconnect",
            ]
            client.hangs_up()


async def test_a_client_that_reads_no_pongs_gets_no_more_of_them() -> None:
    application = Application()
    application.may_read.set()
    async with serving(application) as server:
        client = await RawClient.opened(port_of(server))
        protocol = protocol_of(server)
        protocol.writable.clear()
        # In one turn of the loop, so that nothing can be written meanwhile.
        protocol.data_received(7 * frame_of(PING, b"a" * 125))
        assert protocol.conn.frames == 7
        assert protocol.transport.get_write_buffer_size() == 0
        client.hangs_up()


FLOODS = {
    "pings": MANY * frame_of(PING),
    "pongs": MANY * frame_of(PONG),
    "fragments": frame_of(TEXT, is_last=False) + MANY * frame_of(CONTINUATION, is_last=False),
    "messages in two fragments": MANY
    * (frame_of(TEXT, b"a", is_last=False) + frame_of(CONTINUATION)),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_of_frames_that_are_no_messages_is_closed(flood: bytes) -> None:
    """After twice as many as may come at once, as one of messages is."""
    application = Application()
    application.may_read.set()
    with override_settings(STREAM_BURST=BURST, STREAM_RATE=0.001):
        async with serving(application) as server:
            client = await RawClient.opened(port_of(server))
            conn = protocol_of(server).conn
            await client.sends_bytes(flood)
            async with asyncio.timeout(PATIENCE):
                code, heard = await client.hears_the_end()
            assert code == 4429
            assert heard.count(PONG) <= BURST
            # Of a message there is a first fragment, too.
            assert conn.frames <= 2 * (2 * BURST + 1)
            assert (await application.reads(1))[-1]["code"] == 4429


async def test_as_many_fragments_as_a_client_may_send_at_once_are_one_message() -> None:
    application = Application()
    application.may_read.set()
    begun = frame_of(TEXT, b"a", is_last=False)
    more = frame_of(CONTINUATION, b"b", is_last=False)
    with override_settings(STREAM_BURST=BURST):
        async with serving(application) as server:
            client = await RawClient.opened(port_of(server))
            whole = begun + (BURST - 1) * more + frame_of(CONTINUATION, b"c")
            await client.sends_bytes(whole)
            [message] = await application.reads(1)
            assert message["text"] == "abbbbc"
            await client.sends_bytes(begun + BURST * more + frame_of(CONTINUATION, b"c"))
            async with asyncio.timeout(PATIENCE):
                assert await client.close_code() == 4429


async def test_others_have_their_turn_while_one_read_is_parsed() -> None:
    application = Application()
    application.may_read.set()
    with override_settings(STREAM_BURST=MANY):
        async with serving(application) as server:
            client = await RawClient.opened(port_of(server))
            protocol = protocol_of(server)
            protocol.data_received(2_000 * frame_of(PING))
            parsed = [protocol.conn.frames]
            async with asyncio.timeout(PATIENCE):
                while parsed[-1] < 2_000:
                    await asyncio.sleep(0)
                    parsed.append(protocol.conn.frames)
            assert max(after - before for before, after in pairwise([0, *parsed])) <= 202
            # What comes in many pieces is in order, and whole.
            wire = frame_of(TEXT, b"a" * LIMIT) + frame_of(TEXT, b"b" * LIMIT)
            protocol.data_received(wire + frame_of(TEXT, b"c"))
            texts = [message["text"] for message in await application.reads(3)]
            assert texts == ["a" * LIMIT, "b" * LIMIT, "c"]
            client.hangs_up()


class Doorkeeper:
    """An application that lets nobody in before it knows who they are."""

    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.knows = asyncio.Event()
        self.heard: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        hold_reading(scope)
        await receive()
        await send({"type": "websocket.accept"})
        following = asyncio.ensure_future(receive())
        await self.knows.wait()
        if self.refuses:
            await send({"type": "websocket.close", "code": 4401})
        else:
            begin_reading(scope)
        self.heard.append(await following)


async def test_nothing_is_parsed_of_a_client_that_is_not_known_yet() -> None:
    for refuses, code, opcodes in ((True, 4401, []), (False, 4429, [PONG] * BURST)):
        door = Doorkeeper(refuses=refuses)
        with override_settings(STREAM_BURST=BURST, STREAM_RATE=0.001):
            async with serving(door) as server:
                client = await RawClient.opened(port_of(server))
                protocol = protocol_of(server)
                protocol.data_received(MANY * frame_of(PING))
                # Everything that would be done with it has its turn.
                other = await RawClient.opened(port_of(server))
                assert protocol.conn.frames == 0
                door.knows.set()
                async with asyncio.timeout(PATIENCE):
                    assert await client.hears_the_end() == (code, opcodes)
                assert protocol.conn.frames == (0 if refuses else 2 * BURST + 1)
                other.hangs_up()


async def test_a_client_that_leaves_before_it_is_known_is_noticed() -> None:
    door = Doorkeeper(refuses=False)
    async with serving(door) as server:
        client = await RawClient.opened(port_of(server))
        protocol = protocol_of(server)
        client.hangs_up()
        async with asyncio.timeout(PATIENCE):
            while not protocol.disconnected:
                await asyncio.sleep(0)
            assert not door.heard
            door.knows.set()
            while not door.heard:
                await asyncio.sleep(0)
        assert door.heard[0]["type"] == "websocket.disconnect"


async def test_what_comes_after_the_close_is_parsed_for_its_end_alone() -> None:
    for late, is_answered in ((LATE_FRAMES, True), (LATE_FRAMES + 1, False)):
        door = Doorkeeper(refuses=True)
        door.knows.set()
        async with serving(door) as server:
            client = await RawClient.opened(port_of(server))
            protocol = protocol_of(server)
            while not protocol.close_sent:
                await asyncio.sleep(0)
            protocol.data_received(late * frame_of(PING) + frame_of(CLOSE, b"\x11\x31"))
            assert protocol.transport.is_closing() == is_answered
            protocol.data_received(MANY * frame_of(PING))
            async with asyncio.timeout(PATIENCE):
                assert await client.hears_the_end() == (4401, [])
            assert protocol.conn.frames == LATE_FRAMES + 1


async def test_whoever_sends_is_there_without_a_pong_and_whoever_is_silent_is_not() -> None:
    application = Application()
    application.may_read.set()
    async with serving(application, ws_ping_interval=0.05, ws_ping_timeout=0.05) as server:
        silent = await RawClient.opened(port_of(server))
        talking = await RawClient.opened(port_of(server))
        ended = asyncio.ensure_future(silent.close_code())
        async with asyncio.timeout(PATIENCE):
            while not ended.done():
                await talking.sends(TEXT, b"still here")
                await asyncio.sleep(0.02)
        assert await ended == 1011
        await talking.sends(TEXT, b"and now")
        while application.messages[-1].get("text") != "and now":
            await application.reads(len(application.messages) + 1)
        talking.hangs_up()
