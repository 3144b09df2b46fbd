"""Two servers with PostgreSQL and Redis, the network between, and all that may happen to them."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import psycopg

from tests.chaos.availability import Faults
from tests.proxy import Proxy
from tests.services import free_port, postgres, redis_server
from tests.sites import Server, environment_of, manage

GATHER = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone
from conversations import services
people = []
for number in range({people} + 4):
    user = User.objects.create(username=f"person-{{number}}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    people.append({{"user_id": user.pk, "session": session.session_key}})
with connection.cursor() as cursor:
    cursor.execute('''{log}''')
ids = [person["user_id"] for person in people]
for number in (-4, -2):
    people[number]["home"] = people[number + 1]["home"] = (number + 4) // 2
    services.create_conversation(creator_id=ids[number], participant_ids=ids[number:][:2], title="",
                                 history_visible=True, now=timezone.now())
ids = ids[:-4]
now = timezone.now()
for title, who, visible in (("", ids[:2], True), ("open", ids, True), ("closed", ids[:4], False)):
    services.create_conversation(creator_id=ids[0], participant_ids=who, title=title,
                                 history_visible=visible, now=now)
print(json.dumps(people))
"""

LOG = """
CREATE TABLE chaos_log (id bigserial, conversation_id bigint, user_id bigint, came boolean,
                        sequence bigint, revision bigint);
CREATE FUNCTION chaos_note() RETURNS trigger AS $$
DECLARE place conversations_participant;
BEGIN
    IF TG_OP = $x$INSERT$x$ THEN place := NEW; ELSE place := OLD; END IF;
    INSERT INTO chaos_log (conversation_id, user_id, came, sequence, revision)
        SELECT place.conversation_id, place.user_id, TG_OP = $x$INSERT$x$, sequence, revision
        FROM conversations_conversation WHERE id = place.conversation_id;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos AFTER INSERT OR DELETE ON conversations_participant
    FOR EACH ROW EXECUTE FUNCTION chaos_note();
"""
"""Who came and went, and how far their conversation was: they change it while it is held."""

SERVER = "server-"
"""What the sessions of a server are called, before its number."""

WITHIN = """SELECT count(*) FROM pg_stat_activity
            WHERE application_name = %s AND state = 'idle in transaction'"""

TRIES = 20
"""How often a server is stopped at once to catch it in a transaction."""

SETTINGS = {"CATCHUP_LIMIT": "20", "STREAM_RATE": "500", "STREAM_BURST": "1000"}


class Account(msgspec.Struct):
    """Somebody with a session."""

    user_id: int
    session: str
    home: int | None = None
    """The only server that this person and whoever they talk with use; ``None``: they use both."""


class World:
    """The site, and the hand that breaks it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.servers: list[Server] = []
        self.networks: list[Proxy] = []
        """Between the clients and each server."""
        self.to_redis: Proxy
        self.accounts: list[Account] = []
        """Who uses both servers. All of them know each other."""
        self.homebodies: list[Account] = []
        """Who uses one server, and talks with one other person alone."""
        self.database_url = ""
        self.cuts: Counter[str] = Counter()
        self.faults = Faults(asyncio.get_running_loop().time)
        self._redis = ExitStack()
        self._redis_port = free_port()

    async def fails_until(self, deadline: float) -> None:
        """Break one thing after another, and mend each."""
        loop = asyncio.get_running_loop()
        while loop.time() < deadline:
            await asyncio.sleep(self.rng.uniform(0.1, 1.2))
            what, how = self.rng.choices(*zip(*self._kinds(), strict=True))[0]
            self.cuts[what] += 1
            await how()

    def _kinds(self) -> list[tuple[tuple[str, Callable[[], Awaitable[None]]], int]]:
        return [
            (("clients cut off", self._clients_cut_off), 4),
            (("clients stalled", self._clients_stalled), 3),
            (("redis cut off", self._redis_cut_off), 4),
            (("redis stalled", self._redis_stalled), 2),
            (("redis restarted", self._redis_restarted), 2),
            (("server killed", self._server_killed), 1),
            (("server stopped", self._server_stopped), 1),
            (("server stopped at work", self._server_stopped_within), 2),
            (("people renamed", self._person_renamed), 4),
        ]

    async def _clients_cut_off(self) -> None:
        number = self.rng.randrange(2)
        with self.faults.in_force("clients cut off", {number}):
            self.networks[number].cut()
            await asyncio.sleep(self.rng.uniform(0, 0.8))
            self.networks[number].mends()

    async def _clients_stalled(self) -> None:
        number = self.rng.randrange(2)
        with self.faults.in_force("clients stalled", {number}):
            self.networks[number].stalls()
            await asyncio.sleep(self.rng.uniform(0.1, 1.5))
            self.networks[number].flows()

    async def _redis_cut_off(self) -> None:
        with self.faults.in_force("redis cut off"):
            self.to_redis.cut()
            await asyncio.sleep(self.rng.uniform(0, 1.5))
            self.to_redis.mends()

    async def _redis_stalled(self) -> None:
        with self.faults.in_force("redis stalled"):
            self.to_redis.stalls()
            await asyncio.sleep(self.rng.uniform(0.5, 3))
            self.to_redis.flows()

    async def _redis_restarted(self) -> None:
        with self.faults.in_force("redis restarted"):
            await asyncio.to_thread(self._redis.close)
            await asyncio.sleep(self.rng.uniform(0, 1))
            await self.starts_redis()

    async def _server_killed(self) -> None:
        number = self.rng.randrange(2)
        server = self.servers[number]
        with self.faults.in_force("server killed", {number}):
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(self.rng.uniform(0, 1))
            await asyncio.to_thread(server.start)

    async def _server_stopped(self) -> None:
        """In the middle of whatever it does."""
        number = self.rng.randrange(2)
        with self.faults.in_force("server stopped", {number}):
            await self._stops_once(number)

    async def _server_stopped_within(self) -> None:
        """In the middle of a transaction, if it is caught in one, and at times for longer than that
        may last."""
        number = self.rng.randrange(2)
        with self.faults.in_force("server stopped at work", {number}):
            for _ in range(TRIES):
                if await self._stops_once(number, within=True):
                    self.cuts["server stopped at work, in a transaction"] += 1
                    return

    async def _stops_once(self, number: int, *, within: bool = False) -> bool:
        """Whether it was in a transaction, if that is asked for; else it goes on at once."""
        process = self.servers[number].process
        process.send_signal(signal.SIGSTOP)
        try:
            if within and not await asyncio.to_thread(self._is_within, number):
                return False
            await asyncio.sleep(self.rng.uniform(0.5, 7))
        finally:
            process.send_signal(signal.SIGCONT)
        return within

    def _is_within(self, number: int) -> bool:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(WITHIN, (f"{SERVER}{number}",)).fetchone()
        return row is not None and row[0] > 0

    async def _person_renamed(self) -> None:
        """As an operator does with SQL, of which no server is told."""
        person, name = self.rng.choice(self.accounts), f"Name {sum(self.cuts.values())}"
        await asyncio.to_thread(self._renames, person.user_id, name)

    def _renames(self, user_id: int, name: str) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "UPDATE auth_user SET first_name = %s WHERE id = %s", (name, user_id)
            )

    async def starts_redis(self) -> None:
        """An empty one, where it was."""
        await asyncio.to_thread(self._redis.enter_context, redis_server(self._redis_port))

    async def starts(self, directory: Path, stack: ExitStack, *, people: int) -> None:
        """Start everything, and gather the people."""
        stack.callback(self._redis.close)
        self.database_url = await asyncio.to_thread(stack.enter_context, postgres())
        await self.starts_redis()
        environment = environment_of(
            directory,
            DATABASE_URL=self.database_url,
            REDIS_URL=f"redis://127.0.0.1:{self.to_redis.port}/0",
            **SETTINGS,
        )
        await asyncio.to_thread(manage, environment, "migrate", "--verbosity", "0")
        script = GATHER.format(people=people, log=LOG)
        said = await asyncio.to_thread(manage, environment, "shell", "-v", "0", "-c", script)
        everybody = msgspec.convert(json.loads(said.splitlines()[-1]), list[Account])
        self.accounts = [account for account in everybody if account.home is None]
        self.homebodies = [account for account in everybody if account.home is not None]
        for number in range(2):
            named = {"DATABASE_URL": f"{self.database_url}?application_name={SERVER}{number}"}
            log = directory / f"server-{number}.log"
            server = Server("uvicorn", {**environment, **named}, log)
            await asyncio.to_thread(server.start)
            stack.callback(server.stop)
            self.servers.append(server)

    @property
    def redis_port(self) -> int:
        """Where Redis itself is."""
        return self._redis_port


@asynccontextmanager
async def world(directory: Path, rng: random.Random, *, people: int) -> AsyncIterator[World]:
    """A world with these many people, for as long as it is needed."""
    made = World(rng)
    stack = ExitStack()
    try:
        async with Proxy(made.redis_port) as to_redis:
            made.to_redis = to_redis
            await made.starts(directory, stack, people=people)
            first, second = made.servers
            async with Proxy(first.port) as one, Proxy(second.port) as two:
                made.networks = [one, two]
                yield made
    finally:
        await asyncio.to_thread(stack.close)
