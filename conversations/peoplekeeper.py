"""What each server process does for names: look time and again whether accounts changed.

What ``user.save()`` changes is told at once. Of ``QuerySet.update()`` and SQL nobody is told.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime.database import in_database
from chatsite.realtime.outages import outages
from conversations import services
from conversations.directory import last_account_id

logger = logging.getLogger(__name__)


class Connection(Protocol):
    """Whose account is looked at in every turn."""

    user_id: int


class PeopleKeeper:
    """The keeper of one event loop, and of the people connected on it."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._task: asyncio.Task[None] | None = None

    def ensure_started(self) -> None:
        """Run on this event loop, if it does not already. Cheap: for every connection."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._keep_looking())

    def add(self, connection: Connection) -> None:
        """Look at this one's account, too, from the next turn on."""
        self._connections.add(connection)
        self.ensure_started()

    def remove(self, connection: Connection) -> None:
        """It is gone, or was never added."""
        self._connections.discard(connection)

    async def _keep_looking(self) -> None:
        after: int | None = None
        while True:
            await asyncio.sleep(settings.PRESENCE_LEASE_INTERVAL)
            try:
                if after is None:
                    # Anywhere: of processes that live shortly, all would look at the first ones.
                    after = random.randint(0, await in_database(last_account_id))  # noqa: S311
                connected = {connection.user_id for connection in self._connections}
                looked = await in_database(
                    services.look_at_people, connected=connected, after=after
                )
                after = looked.after
            except Exception as error:  # noqa: BLE001 (a bug is logged as one)
                outages.report(error, "names could not be looked at: they are at the next turn")


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, PeopleKeeper] = WeakKeyDictionary()


def get_people_keeper() -> PeopleKeeper:
    """The keeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = PeopleKeeper()
    return _keepers[loop]
