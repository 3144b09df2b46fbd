"""Fixtures of the stories: a site, the cast on it, and the way to open a tab."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import pytest
from channels.layers import channel_layers
from django.conf import settings
from django.test import override_settings

from presence.keeper import get_keeper
from tests.cast import Person, Tab, all_go_home, sign_up
from tests.services import postgres, redis_server
from tests.sites import PACE, ConsumerSite, Server, ServerSite, Site, served

CONSUMER = pytest.param("consumer", marks=pytest.mark.django_db(transaction=True))

SITES = (CONSUMER, "daphne", "cluster")
"""Every story is told on each of them. ``uvicorn`` alone, with SQLite, would say nothing that these
do not: the cluster is of uvicorn's processes, daphne is on SQLite, and the browser uses it."""


def pytest_configure() -> None:
    """Let a run that is told to end put away what it started, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """Remove what SQLite keeps beside a database that is gone, and what was uploaded."""
    rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    for left in Path(tempfile.gettempdir()).glob(f"chatsite-test-{os.getpid()}.sqlite3*"):
        left.unlink(missing_ok=True)


IMPATIENT = {"PRESENCE_TIMEOUT": "1.5", "HEARTBEAT_INTERVAL": "0.5"}
"""What the sites ``impatient-daphne`` and ``impatient-uvicorn`` have beside ``PACE``."""


CAPPED = {"PRESENCE_MAX_AUDIENCE": "2", "TYPING_MAX_PARTICIPANTS": "2"}
"""What the site ``capped``, of two processes, has beside ``PACE``: three people are many."""


class Sites:
    """The real sites, each started when a story first needs it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, ServerSite] = {}
        self._stack = ExitStack()

    def get(self, name: str) -> ServerSite:
        """The site of this name."""
        if name not in self._running:
            directory = self._directory / name
            directory.mkdir()
            self._running[name] = self._start(name, directory)
        return self._running[name]

    def close(self) -> None:
        """Stop them all."""
        self._stack.close()

    def _start(self, name: str, directory: Path) -> ServerSite:
        _, is_impatient, kind = name.partition("impatient-")
        if is_impatient:
            return self._stack.enter_context(served(name, [kind], directory, **IMPATIENT))
        if name == "capped":
            redis = self._stack.enter_context(redis_server())
            kinds = ["uvicorn", "uvicorn"]
            return self._stack.enter_context(
                served(name, kinds, directory, REDIS_URL=redis, **CAPPED)
            )
        if name != "cluster":
            return self._stack.enter_context(served(name, [name], directory))
        database = self._stack.enter_context(postgres())
        redis = self._stack.enter_context(redis_server())
        kinds = ["uvicorn", "uvicorn-plain"]
        return self._stack.enter_context(
            served(name, kinds, directory, DATABASE_URL=database, REDIS_URL=redis)
        )


class OpenTab(Protocol):
    """The type of ``open_tab``."""

    def __call__(
        self,
        person: Person,
        *,
        resume: str = "",
        device: str = "",
        headers: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> Awaitable[Tab]:
        """Open a tab; unless ``ready`` is false, wait for the ``ready`` that comes first."""


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """The real sites."""
    sites = Sites(tmp_path_factory.mktemp("sites"))
    yield sites
    sites.close()


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Each of the sites in turn."""
    if request.param != "consumer":
        if request.param == "pair":
            yield request.getfixturevalue("pair")
            return
        sites: Sites = request.getfixturevalue("sites")
        yield sites.get(request.param)
        return
    with override_settings(**PACE):
        yield ConsumerSite()


class StartServer(Protocol):
    """The type of ``start_server``."""

    def __call__(self, kind: str = "uvicorn", **environment: str) -> Server:
        """Start one more server of the site, with something else in its environment."""


@pytest.fixture
def start_server(site: ServerSite, tmp_path: Path) -> Iterator[StartServer]:
    """The way to have one more server of the site for the length of the story."""
    first = site.servers[0]
    started: list[Server] = []

    def start_server(kind: str = "uvicorn", **environment: str) -> Server:
        log = tmp_path / f"one-more-{len(started) + 1}.log"
        server = Server(kind, {**first.environment, **environment}, log)
        server.start()
        started.append(server)
        return server

    yield start_server
    for server in started:
        server.stop()


@pytest.fixture
async def people(site: Site) -> AsyncIterator[list[Person]]:
    """Everybody on the stage. They go home in the end."""
    people: list[Person] = []
    yield people
    await all_go_home(people)
    if isinstance(site, ConsumerSite):
        await get_keeper().stop()
        # Its queues belong to this story's event loop.
        channel_layers.backends.clear()


EnterStage = Callable[[str], Awaitable[Person]]
"""The type of ``enter``."""


@pytest.fixture
def enter(site: Site, people: list[Person]) -> EnterStage:
    """Let somebody enter the stage: ``await enter("dave")``."""

    async def enter(name: str) -> Person:
        person = await sign_up(site, name)
        people.append(person)
        return person

    return enter


@pytest.fixture
async def alice(enter: Callable[[str], Awaitable[Person]]) -> Person:
    """Alice, who shares a conversation with Bob."""
    return await enter("alice")


@pytest.fixture
async def bob(enter: Callable[[str], Awaitable[Person]]) -> Person:
    """Bob, who shares a conversation with Alice."""
    return await enter("bob")


@pytest.fixture
async def carol(enter: Callable[[str], Awaitable[Person]]) -> Person:
    """Carol, a stranger to the two."""
    return await enter("carol")


@pytest.fixture
async def room(alice: Person, bob: Person) -> int:
    """The conversation of Alice and Bob."""
    return await alice.starts_conversation(bob)


@pytest.fixture
def open_tab() -> OpenTab:
    """The way to open a tab: ``await open_tab(alice)``."""

    async def open_tab(
        person: Person,
        *,
        resume: str = "",
        device: str = "",
        headers: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> Tab:
        tab = await person.opens_tab(resume=resume, device=device, headers=headers)
        if ready:
            event = await tab.hears(type="ready")
            assert not tab.heard_before(event), "ready is always the first event"
        return tab

    return open_tab
