"""The services behind every server: one PostgreSQL, and a Redis for each."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from benchmarks.machine import Cores, running_on, share_out
from benchmarks.npm import install_socketio
from benchmarks.people import Made, Plan
from benchmarks.scale import Scale
from tests.services import end_with_parent, postgres, redis_server
from tests.sites import PROJECT


class Stage:
    """Where a run takes place."""

    def __init__(
        self, *, scale: Scale, cores: Cores, directory: Path, postgres_url: str, node: str | None
    ) -> None:
        self.scale = scale
        self.cores = cores
        self.directory = directory
        self.without_socketio = node
        """Why there is no Socket.IO, if there is none."""
        self._postgres_url = postgres_url
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def redis(self) -> Iterator[str]:
        """A Redis of its own: publishes reach whoever shares it, whatever the database."""
        with running_on(self.cores.services):
            server = redis_server()
            url = server.__enter__()
        try:
            yield url
        finally:
            server.__exit__(None, None, None)

    def database(self, environment: Mapping[str, str]) -> str:
        """A database with the tables of the project that these settings describe; its URL."""
        project = environment["DJANGO_SETTINGS_MODULE"]
        if project not in self._templates:
            name = self._create("template1")
            self._migrate({**environment, "DATABASE_URL": self._url(name)})
            self._templates[project] = name
        return self._url(self._create(self._templates[project]))

    @contextmanager
    def populated(self, environment: Mapping[str, str], plan: Plan) -> Iterator[Callable[[], Made]]:
        """Make the people of the plan, while a server is started; call it to wait for them."""
        with tempfile.TemporaryFile() as asked:
            asked.write(msgspec.json.encode(plan))
            asked.seek(0)
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.people"],
                stdin=asked,
                stdout=subprocess.PIPE,
                cwd=PROJECT,
                env=dict(environment),
                preexec_fn=end_with_parent,
            )
        with process:
            yield lambda: _made(process)

    def log(self, name: str) -> Path:
        """A file for what a server says."""
        return self.directory / f"{name}-{next(self._numbers)}.log"

    def _create(self, template: str) -> str:
        name = f"bench_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self._postgres_url, autocommit=True) as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _url(self, name: str) -> str:
        return f"{self._postgres_url.rpartition('/')[0]}/{name}"

    def _migrate(self, environment: Mapping[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            cwd=PROJECT,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"no tables could be made:\n{done.stderr}"


def _made(process: subprocess.Popen[bytes]) -> Made:
    output, _ = process.communicate()
    assert process.returncode == 0, "no people could be made"
    return msgspec.json.decode(output, type=Made)


@contextmanager
def staged(scale: Scale, *, with_socketio: bool) -> Iterator[Stage]:
    """Start the services, and keep this process, which is the load, to its core."""
    cores = share_out(os.sched_getaffinity(0))
    node = install_socketio() if with_socketio else "it was left out"
    with (
        tempfile.TemporaryDirectory(prefix="chatsite-bench-") as directory,
        running_on(cores.services),
        postgres() as url,
        running_on(cores.load),
    ):
        yield Stage(
            scale=scale, cores=cores, directory=Path(directory), postgres_url=url, node=node
        )
