"""HTTP requests that wait for locked rows without making other requests wait.

Each request has a thread of its own, and all share a few connections to the database. Therefore
only a few requests wait for locks at the same time, one for each key, such as a conversation. A
request that waits for its place holds no connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connections

from chatsite.realtime.databaseurl import WAITING_PAGES
from chatsite.realtime.locks import StillHeld, is_held, without_waiting
from chatsite.realtime.patience import PATIENCE

T = TypeVar("T")


class Places:
    """The places in which the requests of a process wait, each in its own thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken: set[Hashable] = set()
        self._change = threading.Condition()

    @contextmanager
    def taken(self, key: Hashable, *, begin_by: float) -> Iterator[None]:
        """Take a place once one is free and no other request of the key has one. Raises
        ``StillHeld`` if there is none at ``begin_by``, on the monotonic clock."""
        with self._change:
            left = begin_by - time.monotonic()
            if not self._change.wait_for(lambda: self._is_free(key), timeout=max(0.0, left)):
                raise StillHeld("it has waited for too long before it could begin")
            self._taken.add(key)
        try:
            yield
        finally:
            with self._change:
                self._taken.remove(key)
                self._change.notify_all()

    def _is_free(self, key: Hashable) -> bool:
        return key not in self._taken and len(self._taken) < self._size


_places = Places(WAITING_PAGES)


def request_in_turn(key: Hashable, work: Callable[[], T]) -> T:
    """Do the work of a request, which locks something of the key, outside of any transaction.

    The work may be done twice: the first time, it waits for no row. Raises an error that
    ``is_held`` if the row stays locked."""
    begin_by = time.monotonic() + PATIENCE
    try:
        return without_waiting(work)()
    except OperationalError as error:
        if not is_held(error):
            raise
    connections.close_all()
    with _places.taken(key, begin_by=begin_by):
        return work()
