"""Passwords are hashed by threads of their own, which step back behind everything else.

A hash takes a third of a second of a processor, on purpose. In the thread of a request it would
keep a database connection for as long, and some forty at once would leave none to anybody else.
"""

from __future__ import annotations

import functools
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections

STEPS_BACK = 5
"""Of niceness: about a quarter of the processor, where others want it too."""


class PatientHasher(PBKDF2PasswordHasher):
    """Django's hasher, which holds nobody up. Its hashes are Django's."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash, once a thread was free to make it. Whoever has no transaction open has given
        back their database connection meanwhile."""
        release_connections()
        hashed = _threads().submit(super().encode, password, salt, iterations)
        return hashed.result()


def release_connections() -> None:
    """Give back the connections of this thread, but for those within a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(
        settings.PASSWORD_WORKERS, thread_name_prefix="hashing", initializer=_step_back
    )


def _step_back() -> None:
    """Let the event loop and the threads of requests go first. On Linux alone niceness is that of
    a thread; elsewhere the whole process would step back."""
    if sys.platform == "linux":
        os.nice(STEPS_BACK)
