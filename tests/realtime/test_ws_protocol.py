"""uvicorn's protocol with a client that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from chatsite.realtime.frames import WRITE_EXTENSION, Frame, item_of
from chatsite.realtime.ws_protocol import BroadcastProtocol
from tests.rawclient import CLOSE, frame_of
from tests.services import free_port

PATIENCE = 10.0
MUCH = Frame([item_of({"type": "message", "content": "x" * 1_000_000})])

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Impatient(BroadcastProtocol):
    """A protocol that does not wait long for the end of a connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = 0.2


@asynccontextmanager
async def reads_nothing(application: Application) -> AsyncIterator[ClientConnection]:
    """A client of the application, which reads nothing as long as its transport is paused."""
    port, begun = free_port(), asyncio.Event()

    async def paused(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await begun.wait()
        await fill(scope)
        await application(scope, receive, send)

    config = uvicorn.Config(
        paused, port=port, ws=Impatient, lifespan="off", ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    address = f"ws://127.0.0.1:{port}/"
    async with connect(address, proxy=None, max_size=None, close_timeout=0.1) as client:
        client.transport.pause_reading()
        begun.set()
        yield client
        server.should_exit = True
        client.transport.abort()
    await serving


async def fill(scope: Any) -> None:
    """Write until no more is taken."""
    write = scope["extensions"][WRITE_EXTENSION]["write"]
    while write(MUCH.wire):
        await asyncio.sleep(0)


async def test_a_connection_that_is_closed_ends_though_its_client_does_not_read() -> None:
    ended = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        closing = asyncio.create_task(send({"type": "websocket.close", "code": 4503}))
        assert (await receive())["type"] == "websocket.disconnect"
        await asyncio.gather(closing, return_exceptions=True)
        ended.set()

    async with reads_nothing(application):
        await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_what_was_written_is_flushed_once_it_is_read() -> None:
    flushed = asyncio.Event()
    filled = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        filled.set()
        await scope["extensions"][WRITE_EXTENSION]["flushed"]()
        flushed.set()
        await receive()

    async with reads_nothing(application) as client:
        await asyncio.wait_for(filled.wait(), PATIENCE)
        assert not flushed.is_set()
        client.transport.resume_reading()
        async with asyncio.timeout(PATIENCE):
            while not flushed.is_set():
                await client.recv()


async def test_a_client_that_answers_no_ping_is_not_kept_for_what_it_did_not_read() -> None:
    ended = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        protocol = scope["extensions"][WRITE_EXTENSION]["write"].__self__
        protocol.send_keepalive_ping()
        protocol.pong_timer.cancel()
        protocol.keepalive_timeout()
        assert (await receive())["type"] == "websocket.disconnect"
        ended.set()

    async with reads_nothing(application):
        await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_a_client_that_closes_is_not_kept_for_what_it_did_not_read() -> None:
    filled, ended = asyncio.Event(), asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        protocol = scope["extensions"][WRITE_EXTENSION]["write"].__self__
        filled.set()
        assert (await receive())["type"] == "websocket.disconnect"
        while not protocol.disconnected:
            await asyncio.sleep(0.01)
        ended.set()

    async with reads_nothing(application) as client:
        await filled.wait()
        client.transport.write(frame_of(CLOSE, b"\x03\xe8"))
        await asyncio.wait_for(ended.wait(), PATIENCE)
