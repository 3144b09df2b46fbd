"""The ways in which the stories reach the site: in this process, or real servers."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import httpx
from channels.testing import WebsocketCommunicator
from django.core.management import call_command
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatsite.asgi import application
from tests.described import hold_answer
from tests.services import end_with_parent, free_port, stop, wait_until

PROJECT = Path(__file__).resolve().parent.parent

PACE: Mapping[str, float] = {
    "PRESENCE_GRACE": 0.6,
    "PRESENCE_SWEEP_INTERVAL": 1.0,
    "PRESENCE_LEASE_INTERVAL": 0.5,
    "TYPING_TIMEOUT": 1.0,
}
"""Settings of every site, in seconds: quick enough for stories."""

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Without certificates: reading them takes longer than a sign-up, and nothing here needs them."""


HOOKS = {"response": [hold_answer]}
"""Every answer that somebody gets is held against what is written of it."""


class HandshakeRefused(Exception):
    """The server answered the WebSocket handshake with an HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Closed(Exception):
    """The server closed the connection."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Wire(Protocol):
    """One WebSocket connection, as the client holds it."""

    async def send(self, data: str | bytes) -> None:
        """Send a text or a binary frame."""

    async def send_as_text(self, data: bytes) -> None:
        """Send a text frame of these bytes, UTF-8 or not. Only a server can read one."""

    async def receive(self, timeout: float) -> str:
        """The next text frame. Raises ``Closed`` and ``TimeoutError``."""

    async def close(self) -> None:
        """Close it from this side, and wait until that is done."""


class Site(Protocol):
    """A running site."""

    name: str

    def http(self) -> httpx.AsyncClient:
        """A browser's HTTP, with a cookie jar of its own."""

    async def connect(self, path: str, headers: Mapping[str, str]) -> Wire:
        """Open a WebSocket; ``headers`` may replace Origin. Raises ``HandshakeRefused``."""

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints. It takes a while."""


class ConsumerSite:
    """The ASGI application in this process, without a server."""

    name = "consumer"

    def http(self) -> httpx.AsyncClient:
        """HTTP that calls the application."""
        transport = httpx.ASGITransport(app=cast(Any, application))
        base = "http://testserver"
        return httpx.AsyncClient(
            transport=transport, base_url=base, trust_env=False, event_hooks=HOOKS
        )

    async def connect(self, path: str, headers: Mapping[str, str]) -> Wire:
        """Open a WebSocket by calling the application."""
        named = {"Host": "testserver", "Origin": "http://testserver", **headers}
        encoded = [(name.lower().encode(), value.encode()) for name, value in named.items()]
        communicator = WebsocketCommunicator(application, path, encoded)
        accepted, _ = await communicator.connect(timeout=5)
        if not accepted:
            raise HandshakeRefused(403)
        return _ConsumerWire(communicator)

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints, run in this thread."""
        printed = io.StringIO()
        call_command(*arguments, stdout=printed)
        return printed.getvalue()


class _ConsumerWire:
    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self._communicator = communicator

    async def send_as_text(self, data: bytes) -> None:
        raise NotImplementedError

    async def send(self, data: str | bytes) -> None:
        kind = "text" if isinstance(data, str) else "bytes"
        await self._communicator.send_input({"type": "websocket.receive", kind: data})

    async def receive(self, timeout: float) -> str:
        event = await self._communicator.receive_output(timeout)
        if event["type"] == "websocket.close":
            raise Closed(event.get("code", 1000))
        text: str = event["text"]
        return text

    async def close(self) -> None:
        await self._communicator.disconnect(timeout=5)


PROTOCOLS = {
    "uvicorn": "chatsite.realtime.ws_protocol:BroadcastProtocol",
    "uvicorn-plain": "websockets-sansio",
}
"""uvicorn's ``--ws``, by kind of server."""


@dataclass
class Server:
    """One process that serves the site."""

    kind: str
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    project: Path = PROJECT
    """Where its code is."""

    def start(self) -> None:
        """Start it, and return when it is healthy."""
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments()],
                cwd=self.project,
                env=dict(self.environment),
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
            )
        wait_until(self._is_healthy, self.process, self.log)

    def stop(self) -> None:
        """End it, kindly."""
        stop(self.process)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def _arguments(self) -> Sequence[str]:
        if self.kind == "daphne":
            return [
                "daphne",
                "-b",
                "127.0.0.1",
                "-p",
                str(self.port),
                "chatsite.asgi:application",
            ]
        where = ["uvicorn", "chatsite.asgi:application", "--port", str(self.port)]
        sockets = ["--ws", PROTOCOLS[self.kind], "--ws-per-message-deflate", "false"]
        return [*where, *sockets, "--timeout-graceful-shutdown", "5"]

    def _is_healthy(self) -> bool:
        try:
            url = f"{self.url}/healthz"
            return httpx.get(url, trust_env=False, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False


class ServerSite:
    """Real processes. Each next tab goes to the next of them, so that stories cross them."""

    def __init__(self, name: str, servers: Sequence[Server]) -> None:
        self.name = name
        self.servers = list(servers)
        self._next = itertools.cycle(self.servers)

    def http(self) -> httpx.AsyncClient:
        """HTTP to one of the servers."""
        base = next(self._next).url
        return httpx.AsyncClient(
            base_url=base, trust_env=False, timeout=20, verify=NO_TLS, event_hooks=HOOKS
        )

    async def connect(self, path: str, headers: Mapping[str, str]) -> Wire:
        """Open a WebSocket to the next of the servers."""
        return await connect_to(next(self._next), path, headers)

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints, run beside the servers."""
        return manage(self.servers[0].environment, *arguments)


async def connect_to(
    server: Server, path: str, headers: Mapping[str, str], *, port: int | None = None
) -> Wire:
    """Open a WebSocket to this server, perhaps by another port. Raises ``HandshakeRefused``."""
    # A page that came by a proxy is of the proxy's origin.
    where = f"127.0.0.1:{port or server.port}"
    named = {"Origin": f"http://{where}", **headers}
    address = f"ws://{where}{path}"
    try:
        connection = await connect(
            address,
            additional_headers=named,
            proxy=None,
            compression=None,
            open_timeout=20,
            # With a limit, a close waits until all that was said is read.
            max_queue=None,
        )
    except InvalidStatus as refused:
        raise HandshakeRefused(refused.response.status_code) from None
    return _SocketWire(connection)


class _SocketWire:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, data: str | bytes) -> None:
        try:
            await self._connection.send(data)
        except ConnectionClosed:
            # What the server said last is still to be received.
            return

    async def send_as_text(self, data: bytes) -> None:
        await self._connection.send(data, text=True)

    async def receive(self, timeout: float) -> str:
        try:
            async with asyncio.timeout(timeout):
                frame = await self._connection.recv()
        except ConnectionClosed as closed:
            raise Closed(closed.rcvd.code if closed.rcvd else 1006) from None
        assert isinstance(frame, str), "the server sends text"
        return frame

    async def close(self) -> None:
        await self._connection.close()


def environment_of(directory: Path, **more: str) -> dict[str, str]:
    """The environment of a site that keeps its things in ``directory``."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SECRET_KEY": "of-a-site-that-lives-for-one-run-of-the-tests-and-no-longer",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEBUG": "0",
        "HTTPS": "0",
        "MEDIA_ROOT": str(directory / "media"),
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        **{name: str(seconds) for name, seconds in PACE.items()},
        **more,
    }


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command of ``manage.py`` prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"manage.py {arguments} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def served(name: str, kinds: Sequence[str], directory: Path, **more: str) -> Iterator[ServerSite]:
    """A site of one process of each of the kinds, on a fresh database."""
    environment = environment_of(directory, **more)
    manage(environment, "migrate", "--verbosity", "0")
    servers = [
        Server(kind, environment, directory / f"{kind}-{number}.log")
        for number, kind in enumerate(kinds, start=1)
    ]
    started: list[Server] = []
    try:
        for server in servers:
            server.start()
            started.append(server)
        yield ServerSite(name, servers)
    finally:
        for server in started:
            server.stop()


def bootstrap_of(page: str) -> dict[str, Any]:
    """What the chat page was given for its first paint."""
    _, _, rest = page.partition('<script id="bootstrap" type="application/json">')
    assert rest, f"no chat page:\n{page[:2000]}"
    bootstrap: dict[str, Any] = json.loads(rest.partition("</script>")[0])
    return bootstrap
