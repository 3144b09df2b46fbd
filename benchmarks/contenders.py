"""The servers that are measured, each on the core for servers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.dialects import Bare, Chatsite, Dialect, SocketIO, Tutorial
from benchmarks.machine import cpu_seconds, running_on
from benchmarks.npm import SOCKETIO
from benchmarks.people import Made, Plan
from benchmarks.stage import Stage
from tests.services import end_with_parent, free_port, wait_until
from tests.sites import PROJECT, Server, environment_of

GENEROUS = {
    "DJANGO_SETTINGS_MODULE": "chatsite.settings",
    "STREAM_RATE": "1000000",
    "STREAM_BURST": "1000000",
    "TYPING_MAX_PARTICIPANTS": "100000",
    # The load says what is typed, and sends no heartbeats unless they are what is measured.
    "TYPING_TIMEOUT": "600",
    "PRESENCE_TIMEOUT": "3600",
    # The pace of a real site, where tests are quicker.
    "PRESENCE_GRACE": "10",
    "PRESENCE_SWEEP_INTERVAL": "5",
    "PRESENCE_LEASE_INTERVAL": "10",
}
"""Settings of this project's measured servers: limits out of the way."""

PATIENT = ["--websocket_connect_timeout", "120", "--application-close-timeout", "120"]
"""For daphne, which would give up on those who come in a storm."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A running server, and who may connect to it."""

    name: str
    dialect: Dialect
    ports: Sequence[int]
    """Where its processes listen."""
    pids: Sequence[int]
    plan: Plan
    made: Made
    logs: Sequence[Path]
    redis_urls: Sequence[str] = ()
    database_url: str = ""
    rooms: dict[int, list[int]] = field(default_factory=dict)
    """Person to the rooms that they are in, all by their numbers."""

    def __post_init__(self) -> None:
        for room, people in enumerate(self.plan.rooms):
            for person in people:
                self.rooms.setdefault(person, []).append(room)

    def last_words(self) -> str:
        """The ends of its logs, for when something went wrong."""
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in self.logs)

    def cpu_seconds(self) -> float:
        """Processor time used so far, by all of its processes."""
        return sum(map(cpu_seconds, self.pids))


@contextmanager
def chatsite(
    stage: Stage,
    kinds: Sequence[str],
    plan: Plan,
    *,
    shards: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Contender]:
    """This project, a process of each of the kinds; ``settings`` go over the generous ones."""
    with ExitStack() as stack:
        urls = [stack.enter_context(stage.redis()) for _ in range(shards)]
        inherited = environment_of(stage.directory, **GENEROUS)
        environment = {**inherited, "REDIS_URL": ",".join(urls), **(settings or {})}
        environment["DATABASE_URL"] = stage.database(environment)
        people = stack.enter_context(stage.populated(environment, plan))
        servers = [Server(kind, environment, stage.log(kind)) for kind in kinds]
        for number, server in enumerate(servers):
            with running_on(stage.cores.server(number)):
                server.start()
            stack.callback(server.kill)
        yield Contender(
            name=f"chatsite, {kinds[0]}",
            dialect=Chatsite(),
            ports=[server.port for server in servers],
            pids=[server.process.pid for server in servers],
            plan=plan,
            made=people(),
            logs=[server.log for server in servers],
            redis_urls=urls,
            database_url=environment["DATABASE_URL"],
        )


@contextmanager
def tutorial(stage: Stage, plan: Plan) -> Iterator[Contender]:
    """The chat of the Channels documentation, under daphne."""
    with ExitStack() as stack:
        redis_url = stack.enter_context(stage.redis())
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.tutorial.settings",
            "REDIS_URL": redis_url,
        }
        environment["DATABASE_URL"] = stage.database(environment)
        people = stack.enter_context(stage.populated(environment, plan))
        port = free_port()
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), *PATIENT]
        command.append("benchmarks.peers.tutorial.asgi:application")
        log = stage.log("tutorial")
        process = stack.enter_context(_running(stage, log, command, port, environment))
        yield Contender(
            name="Channels tutorial",
            dialect=Tutorial(),
            ports=[port],
            pids=[process.pid],
            plan=plan,
            made=people(),
            logs=[log],
            redis_urls=[redis_url],
        )


@contextmanager
def socketio(stage: Stage, plan: Plan) -> Iterator[Contender]:
    """Socket.IO with its Redis adapter."""
    with stage.redis() as redis_url:
        port = free_port()
        command = ["node", str(SOCKETIO / "server.js"), str(port), redis_url]
        environment = {**os.environ, "NODE_ENV": "production"}
        log = stage.log("socketio")
        with _running(stage, log, command, port, environment) as process:
            yield Contender(
                name="Socket.IO + Redis",
                dialect=SocketIO(),
                ports=[port],
                pids=[process.pid],
                plan=plan,
                made=_numbered(plan),
                logs=[log],
                redis_urls=[redis_url],
            )


@contextmanager
def bare(stage: Stage, plan: Plan) -> Iterator[Contender]:
    """A server that is nothing but sockets."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.peers.echo", str(port)]
    log = stage.log("echo")
    with _running(stage, log, command, port, os.environ) as process:
        yield Contender(
            name="bare sockets",
            dialect=Bare(),
            ports=[port],
            pids=[process.pid],
            plan=plan,
            made=_numbered(plan),
            logs=[log],
        )


def _numbered(plan: Plan) -> Made:
    """For servers that know nobody: what the clients call themselves."""
    return Made(
        user_ids=list(range(1, plan.people + 1)),
        sessions=[""] * plan.people,
        room_ids=list(range(1, len(plan.rooms) + 1)),
    )


@contextmanager
def _running(
    stage: Stage, log: Path, command: Sequence[str], port: int, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output, running_on(stage.cores.server()):
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=dict(environment),
            stdout=output,
            stderr=output,
            preexec_fn=end_with_parent,
        )
    try:
        wait_until(lambda: _listens(port), process, log)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
