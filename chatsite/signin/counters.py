"""Counters that all processes share, in Redis where there is one.

Where it is away, or its user has no right to keys, each process counts by itself: that takes more
guesses, and keeps nobody out.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import redis
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

logger = logging.getLogger(__name__)

T = TypeVar("T")

SILENCE = 60.0
"""Seconds for which nothing more is asked of a Redis that has failed, nor said of it."""


class Counter:
    """How often something happened in the present spell of time."""

    def __init__(self, seconds: int, *names: str) -> None:
        """``seconds``: how long a spell is. ``names``: of what it is, people's own words among
        them."""
        self._seconds = seconds
        self._key = key_of(*names)

    def add(self, *, now: float) -> int:
        """It happened; how often by now. ``now`` is in seconds of any clock that all share."""
        return ask(lambda cache: _add(cache, self._key_at(now), keep=2 * self._seconds))

    def value(self, *, now: float) -> int:
        """How often it has happened."""
        return ask(lambda cache: int(cache.get(self._key_at(now), 0)))

    def rest(self, *, now: float) -> float:
        """The seconds until the next spell begins."""
        return self._seconds - now % self._seconds

    def _key_at(self, now: float) -> str:
        return f"{self._key}:{int(now // self._seconds)}"


def key_of(*names: str) -> str:
    """A key that may hold whatever the names are."""
    return "door:" + hashlib.sha256("\0".join(names).encode(errors="replace")).hexdigest()[:32]


def ask(question: Callable[[BaseCache], T]) -> T:
    """Ask the shared cache; or the one of this process, while the shared one fails."""
    if _pause.is_over():
        try:
            return question(caches["default"])
        except redis.RedisError as error:
            _pause.begin()
            logger.warning("Redis counts no tries of passwords, so each process does: %s", error)
    return question(caches["process"])


def _add(cache: BaseCache, key: str, *, keep: int) -> int:
    cache.add(key, 0, keep)
    try:
        return int(cache.incr(key))
    except ValueError:
        # It was removed in between, for want of room.
        return 1


class _Pause:
    """From a failure on, for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end = 0.0

    def begin(self) -> None:
        with self._lock:
            self._end = time.monotonic() + SILENCE

    def is_over(self) -> bool:
        with self._lock:
            return time.monotonic() >= self._end


_pause = _Pause()
