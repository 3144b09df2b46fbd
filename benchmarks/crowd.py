"""Many clients of one server, at little cost each, so that the load is not what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.contenders import Contender

AT_ONCE = 100
"""Connections that are being made at the same time."""

PATIENCE = 120.0
"""Seconds within which whatever is waited for must come."""

Hear = Callable[["Seat", bytes], None]
"""Called with each text frame that a client receives."""


class Seat(WSListener):
    """One client."""

    transport: WSTransport

    def __init__(self, crowd: Crowd, person: int) -> None:
        self.crowd = crowd
        self.person = person
        self.is_seated = False
        self.is_typing = False
        """What it said last. A server need not announce what it knows already."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def say(self, text: bytes) -> None:
        """Send a frame."""
        self.transport.send(WSMsgType.TEXT, text)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The server accepted it."""
        self.transport = transport
        self.is_seated = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Something came."""
        if frame.msg_type == WSMsgType.TEXT:
            self.crowd.hear(self, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.crowd.closed.append(str(frame.get_close_code()))
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """It is over."""
        self.crowd.gone += 1


class Crowd:
    """The clients of one server."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.seats: list[Seat] = []
        self.hear: Hear = self._greeted
        self.closed: list[str] = []
        """The codes with which the server closed connections."""
        self.gone = 0
        self.heard = 0
        """Frames heard while nothing was measured."""

    async def connect(self, people: Iterable[int], *, at_once: int = AT_ONCE) -> Sequence[Seat]:
        """Connect these people, and return once each is ready."""
        turns = asyncio.Semaphore(at_once)

        async def one(person: int) -> Seat:
            async with turns:
                return await self._connect(person)

        new = list(await asyncio.gather(*map(one, people)))
        self.seats += new
        return new

    async def settle(self, quiet: float = 0.4) -> None:
        """Return when nothing was heard for a while."""
        before = -1
        async with asyncio.timeout(PATIENCE):
            while self.heard != before:
                before = self.heard
                await asyncio.sleep(quiet)

    def rest(self) -> None:
        """Listen to nothing in particular."""
        self.hear = self._greeted

    async def leave(self) -> None:
        """Disconnect everybody."""
        for seat in self.seats:
            seat.transport.disconnect()
        waits = [seat.transport.wait_disconnected() for seat in self.seats]
        await asyncio.gather(*waits)
        self.seats = []

    async def _connect(self, person: int) -> Seat:
        contender = self.contender
        seat = Seat(self, person)
        port = contender.ports[person % len(contender.ports)]
        path = contender.dialect.path(contender.made, person, contender.rooms.get(person, []))
        headers = {
            "Origin": f"http://127.0.0.1:{port}",
            "Cookie": f"sessionid={contender.made.sessions[person]}",
        }
        url = f"ws://127.0.0.1:{port}{path}"
        try:
            async with asyncio.timeout(PATIENCE):
                # A server that is too busy to answer a handshake in its time drops it: again.
                while not seat.is_seated:
                    await ws_connect(
                        lambda: seat, url, extra_headers=headers, websocket_handshake_timeout=None
                    )
        except (WSError, OSError) as error:
            refused = f"{contender.name} let nobody in: {error}"
            raise RuntimeError(f"{refused}\n{contender.last_words()}") from error
        if contender.dialect.greets:
            await asyncio.wait_for(seat.ready, PATIENCE)
        return seat

    def _greeted(self, seat: Seat, text: bytes) -> None:
        self.heard += 1
        answer = self.contender.dialect.answer(text)
        if answer is not None:
            seat.say(answer)
        if not seat.ready.done() and self.contender.dialect.is_ready(text):
            seat.ready.set_result(None)


async def gathered(stack: AsyncExitStack, launch: AbstractContextManager[Contender]) -> Crowd:
    """A server with everybody connected to it, and at rest, until the stack is closed."""
    contender = stack.enter_context(launch)
    crowd = Crowd(contender)
    stack.push_async_callback(crowd.leave)
    await crowd.connect(range(contender.plan.people))
    await crowd.settle()
    return crowd
