"""What a process knows of one Redis server, whichever of its threads and event loops found out.

A view, a command and a worker each publish on an event loop of the moment. What one of them paid
for, by waiting in vain, holds for all: until the server is back nobody waits for it again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterable, Sequence

from redis.exceptions import RedisError

from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.redis.causes import PASSING, Cause, Problem, cause_of

logger = logging.getLogger(__name__)

RECOVERY_INTERVAL = 0.5
"""Seconds between looks whether Redis is back."""

ANEW = "Whoever may have missed something reads their state anew."

Heal = Callable[["Server", Sequence[str]], Awaitable[None]]
"""Raises unless the server does again all that it must, and has told these Redis channels that
they missed something."""


class RedisDown(LayerUnavailable, RedisError):
    """The server does not do what it is asked. The text says why, and holds no secret."""

    is_reported = True

    def __init__(self, name: str, cause: Cause) -> None:
        super().__init__(f"Redis at {name}: {cause.sentence}")
        self.cause = cause
        self.problem = cause.problem


class Server:
    """One Redis server. All of it may be called from any thread."""

    def __init__(self, name: str, *, heal: Heal) -> None:
        self.name = name
        """Where it is, without secrets."""
        self.may_eval = True
        """Whether its ACL lets this site run scripts, as far as is known."""
        self.is_heard = False
        """Whether this process subscribes to anything there; a worker does not."""
        self._heal = heal
        self._lock = threading.Lock()
        self._cause: Cause | None = None
        """Why it is away; ``None`` while it is not."""
        self._said: set[Problem] = set()
        """What was wrong since it is away."""
        self._unheard: set[str] = set()
        """Redis channels that missed something while it was away."""

    def require(self) -> None:
        """Raises ``RedisDown`` at once while the server is known to be away."""
        cause = self._cause
        if cause is not None:
            raise RedisDown(self.name, cause)

    def failed(self, error: BaseException, unheard: Iterable[str] = ()) -> RedisDown:
        """The server failed, and the channels did not hear something because of it. What to
        raise. From now on it is away, and looked after in a thread until it is back."""
        cause = error.cause if isinstance(error, RedisDown) else cause_of(error)
        with self._lock:
            self._unheard.update(unheard)
            before, self._cause = self._cause, cause
            # Of an outage one line is enough, unless what is wrong turns out to be another thing.
            if before is None or cause.problem not in self._said | PASSING:
                logger.error("Redis at %s is away: %s", self.name, cause.sentence)
            self._said.add(cause.problem)
        if before is None:
            threading.Thread(target=_look_after, args=[weakref.ref(self)], daemon=True).start()
        return RedisDown(self.name, cause)

    def connected_anew(self) -> None:
        """A subscription broke, and was made anew before the server failed at anything. Of what
        came meanwhile nothing was heard, so it is said as any other outage is."""
        if self._cause is None:
            logger.warning("Redis at %s was away: a connection to it broke. %s", self.name, ANEW)

    def eval_refused(self, error: RedisError) -> None:
        """Do without scripts from now on. It costs the server more, and changes nothing else."""
        self.may_eval = False
        logger.warning(
            "Redis at %s does not let this site use EVAL, so each publish is a command of its own,"
            " which costs more: %s",
            self.name,
            cause_of(error).sentence,
        )

    def heal(self) -> bool:
        """Whether the server is back, and all have been told who missed something.

        It is asked on an event loop, and by connections, of the moment."""
        with self._lock:
            # Taken out: what misses something from now on is to be told once more.
            unheard, self._unheard = self._unheard, set()
        try:
            asyncio.run(self._ask(sorted(unheard)))
        except (RedisError, OSError) as error:
            self.failed(error, unheard)
            return False
        return self._is_back()

    async def _ask(self, unheard: Sequence[str]) -> None:
        await self._heal(self, unheard)

    def _is_back(self) -> bool:
        with self._lock:
            if self._unheard:
                return False
            # Said first: whoever finds that it is back may look for that in the log.
            logger.warning("Redis at %s is back. %s", self.name, ANEW)
            self._said.clear()
            self._cause = None
        return True


def _look_after(server: weakref.ref[Server]) -> None:
    """Wait until it is back, or nobody uses it any more."""
    is_back = False
    while not is_back:
        time.sleep(RECOVERY_INTERVAL)
        used = server()
        is_back = used is None or used.heal()
        del used
