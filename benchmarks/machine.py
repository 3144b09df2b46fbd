"""The machine: which core does what, and what a process has used of it."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec

TICKS = os.sysconf("SC_CLK_TCK")


class Cores(msgspec.Struct, frozen=True):
    """Who runs where, so that what is measured shares its core with nothing else."""

    servers: list[int]
    """One for each server process that is measured, as far as they go."""
    load: set[int]
    services: set[int]
    """PostgreSQL and Redis: a core of their own if there is one, else beside the load."""

    def server(self, number: int = 0) -> set[int]:
        """The core of a server's process: the last has one of its own, if there are enough."""
        return {self.servers[number % len(self.servers)]}


def share_out(available: set[int]) -> Cores:
    """The first core for the server, the second for the load, the third for services."""
    first, *others = sorted(available)
    load = {others[0]} if others else {first}
    services = {others[1]} if len(others) > 1 else load
    return Cores(servers=[first, *others[2:]], load=load, services=services)


@contextmanager
def running_on(cores: set[int]) -> Iterator[None]:
    """What is started meanwhile runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / TICKS


def memory_kb(pid: int) -> int:
    """Proportional set size of the process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"the system does not say how much memory {pid} has")


def raise_open_files() -> None:
    """Let this process, and what it starts, hold as many sockets as they may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def describe(without_socketio: str | None) -> str:
    """The machine and the versions of what is measured on it, in a sentence or two."""
    names = ("Django", "channels", "channels_redis", "daphne", "uvicorn", "uvloop", "psycopg")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    system = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    peer = f"No Socket.IO: {without_socketio}." if without_socketio else f"Node.js {_node()}."
    return f"{system}. Python {platform.python_version()}, {packages}. {peer}"


def _node() -> str:
    command = ["node", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
