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

from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.configured import require_layer

try:
    from redis import RedisError
except ImportError:

    class RedisError(Exception):  # type: ignore[no-redef]
        """Without the extra ``redis`` no cache raises it."""


logger = logging.getLogger(__name__)

T = TypeVar("T")

SILENCE = 60.0
"""Seconds for which nothing more is asked of a Redis that has failed."""


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
            answer = question(caches["default"])
        except RedisError as error:
            _pause.begin()
            if not _is_redis_away():
                _line.begin(error)
        else:
            _line.end()
            return answer
    return question(caches["process"])


def _is_redis_away() -> bool:
    """Whether the channel layer finds so too. Then it says so, and says when Redis is back."""
    try:
        async_to_sync(require_layer)()
    except LayerUnavailable as error:
        return error.is_reported
    return False


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


class _Line:
    """What the log says of a Redis that works, and does not count: once, and once when it does."""

    def __init__(self) -> None:
        self._is_said = False

    def begin(self, error: RedisError) -> None:
        if not self._is_said:
            self._is_said = True
            logger.warning("Redis counts no tries of passwords, so each process does: %s", error)

    def end(self) -> None:
        if self._is_said:
            self._is_said = False
            logger.info("Redis counts tries of passwords again")


_line = _Line()

_pause = _Pause()
