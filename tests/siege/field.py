"""Where a siege takes place: two servers as they are deployed, and the people on them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import psycopg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.people import Made, Plan
from tests.proxy import Proxy
from tests.services import postgres, redis_server
from tests.sites import NO_TLS, PACE, PROJECT, Server, environment_of, manage

BYSTANDERS = 8
"""People 0 to 7, in pairs of one on each server. All others are free to do their worst, and the
first of them is in the conversations of all pairs."""


class Scale(msgspec.Struct, frozen=True):
    """How much there is of everything."""

    people: int = 400
    rooms: int = 40
    """Conversations of everybody but the bystanders."""
    waiting: int = 250
    """Messages of 2,000 characters in each of them."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """The servers, what lies between them and their services, and who was made."""

    servers: list[Server]
    to_database: Proxy
    to_redis: Proxy
    database_url: str
    """Past the proxy."""
    directory: Path
    environment: Mapping[str, str]
    """Of the servers."""
    made: Made
    seconds: float
    """How long an assault that has no end of its own is to last."""

    @property
    def strangers(self) -> range:
        """The numbers of the people who may do their worst."""
        return range(BYSTANDERS, len(self.made.user_ids))

    @property
    def full_rooms(self) -> list[int]:
        """The conversations of the strangers, with a lot to catch up on."""
        return self.made.room_ids[BYSTANDERS // 2 :]

    def log(self, name: str) -> Path:
        """A file for what one more server says."""
        return self.directory / f"{name}.log"

    def server_of(self, person: int) -> Server:
        """The server at which this person is."""
        return self.servers[person % len(self.servers)]

    def cookies_of(self, person: int) -> dict[str, str]:
        """The header by which a client is signed in as this person."""
        return {"Cookie": f"sessionid={self.made.sessions[person]}"}

    def connects(self, person: int, query: str = "", *, server: Server | None = None) -> connect:
        """An open connection, or the way to one: ``await`` it, or use it as a context."""
        server = server or self.server_of(person)
        return connect(
            f"ws://127.0.0.1:{server.port}/ws/chat/{query}",
            additional_headers={"Origin": server.url, **self.cookies_of(person)},
            proxy=None,
            compression=None,
            open_timeout=60,
            max_queue=None,
        )

    def http(self, person: int | None = None) -> httpx.AsyncClient:
        """A browser in which this person is signed in, or nobody."""
        cookies = {} if person is None else {"sessionid": self.made.sessions[person]}
        return httpx.AsyncClient(
            base_url=self.server_of(person or 0).url,
            cookies=cookies,
            trust_env=False,
            timeout=60,
            verify=NO_TLS,
        )

    def memory(self) -> float:
        """Megabytes that the servers hold, all of their processes included."""
        return sum(map(_resident, self._processes()))

    def cpu(self) -> float:
        """Seconds of processor time that the servers have taken, those of their processes that
        have ended included."""
        return sum(map(_computed, self._processes()))

    def _processes(self) -> list[int]:
        roots = [server.process.pid for server in self.servers]
        return [pid for root in roots for pid in (root, *_children_of(root))]


async def ready(connection: ClientConnection) -> None:
    """Wait until the server let the client in. Raises ``ConnectionClosed`` if it does not."""
    while b'"ready"' not in await connection.recv(decode=False):
        pass


@asynccontextmanager
async def field(directory: Path, *, seconds: float, scale: Scale) -> AsyncIterator[Field]:
    """Start everything, and put it away."""
    with ExitStack() as stack:
        database_url = await asyncio.to_thread(stack.enter_context, postgres())
        redis_url = await asyncio.to_thread(stack.enter_context, redis_server())
        to_database, to_redis = Proxy(_port_of(database_url)), Proxy(_port_of(redis_url))
        async with to_database, to_redis:
            environment = environment_of(
                directory,
                DJANGO_SETTINGS_MODULE="chatsite.settings",
                DATABASE_URL=f"postgresql://chat@127.0.0.1:{to_database.port}/postgres",
                REDIS_URL=f"redis://127.0.0.1:{to_redis.port}/0",
            )
            for name in PACE:
                # The pace of a real site, where stories are quicker.
                del environment[name]
            made = await asyncio.to_thread(_populate, environment, scale)
            servers = [
                Server("uvicorn", environment, directory / f"server-{number}.log")
                for number in (1, 2)
            ]
            try:
                for server in servers:
                    await asyncio.to_thread(server.start)
                place = Field(
                    servers=servers,
                    to_database=to_database,
                    to_redis=to_redis,
                    database_url=database_url,
                    directory=directory,
                    environment=environment,
                    made=made,
                    seconds=seconds,
                )
                await asyncio.to_thread(_fill, place, scale.waiting)
                yield place
            finally:
                for server in servers:
                    await asyncio.to_thread(server.stop)


def _populate(environment: Mapping[str, str], scale: Scale) -> Made:
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "collectstatic", "--no-input", "--verbosity", "0")
    pairs = [[number, number + 1, BYSTANDERS] for number in range(0, BYSTANDERS, 2)]
    strangers = list(range(BYSTANDERS, scale.people))
    plan = Plan(people=scale.people, rooms=[*pairs, *([strangers] * scale.rooms)])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.people"],
        cwd=PROJECT,
        env=dict(environment),
        input=msgspec.json.encode(plan),
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Made)


def _fill(place: Field, waiting: int) -> None:
    """Write what the strangers have not read, and a first message to each pair."""
    with psycopg.connect(place.database_url) as connection:
        for room in place.made.room_ids:
            count = waiting if room in place.full_rooms else 1
            connection.execute(
                """INSERT INTO conversations_message (conversation_id, sequence, sender_id,
                       client_message_id, content, message_type, created_at, revision, sent_digest)
                   SELECT %s, number, %s, 'waiting-' || number, repeat('word ', 400), 'text',
                       now(), 0, '' FROM generate_series(1, %s) AS number""",
                (room, place.made.user_ids[BYSTANDERS], count),
            )
            connection.execute(
                "UPDATE conversations_conversation SET sequence = %s WHERE id = %s",
                (count, room),
            )


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _computed(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    # User and system time, its own and that of the children that it has waited for.
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _children_of(pid: int) -> list[int]:
    """All processes below this one."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in tasks.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_children_of(child)]
    return found
