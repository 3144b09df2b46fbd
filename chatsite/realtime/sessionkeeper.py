"""What each server process does for sessions: look time and again whether they still hold.

What Django's signals tell of ends sockets at once. Of the rest nobody is told: an update of many
rows, SQL, ``clearsessions``, the time, and with the in-memory layer whatever another process does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.identity import Claim, do_claims_hold
from chatsite.realtime.outages import outages

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
"""Connections that are looked at in one database hop."""


class Connection(Protocol):
    """Whose session is looked at."""

    def claim(self) -> Claim | None:
        """By what it was let in; ``None`` if there is nothing to look at now."""

    def sign_out(self) -> None:
        """End it: the claim no longer holds."""


class SessionKeeper:
    """The keeper of one event loop, and of the connections on it."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        """Look at this one, too, from the next turn on."""
        self._connections.add(connection)
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._keep_looking())

    def remove(self, connection: Connection) -> None:
        """It is gone."""
        self._connections.remove(connection)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(settings.PRESENCE_LEASE_INTERVAL)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 (a bug is logged as one)
                # Nobody is signed out because the database is away.
                outages.report(error, "sessions could not be looked at: they are at the next turn")

    async def _look(self) -> None:
        connections = list(self._connections)
        for start in range(0, len(connections), BATCH_SIZE):
            await _look_at(connections[start : start + BATCH_SIZE])


async def _look_at(connections: Sequence[Connection]) -> None:
    found = [(connection, connection.claim()) for connection in connections]
    held = [(connection, claim) for connection, claim in found if claim is not None]
    if not held:
        return
    claims = [claim for _, claim in held]
    holding = await in_database(do_claims_hold, claims, now=clock.now())
    for (connection, _), holds in zip(held, holding, strict=True):
        if not holds:
            connection.sign_out()


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, SessionKeeper] = WeakKeyDictionary()


def get_session_keeper() -> SessionKeeper:
    """The keeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = SessionKeeper()
    return _keepers[loop]
