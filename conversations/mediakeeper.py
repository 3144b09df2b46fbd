"""What each server process does for uploads: now and then it removes those that nobody sent."""

from __future__ import annotations

import asyncio
import logging
import random
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.outages import outages
from conversations import services
from conversations.services import SWEEP_LIMIT

logger = logging.getLogger(__name__)


class MediaKeeper:
    """The keeper of one event loop."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def ensure_started(self) -> None:
        """Run on this event loop, if it does not already. Cheap: for every connection."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(_keep_sweeping())


async def _keep_sweeping() -> None:
    """Sweep at once: a process may never live for as long as an interval."""
    while True:
        try:
            while await _sweep() == SWEEP_LIMIT:
                pass
        except Exception as error:  # noqa: BLE001 (a bug is logged as one)
            outages.report(error, "uploads could not be swept")
        spread = random.uniform(0.8, 1)  # noqa: S311 (only so that processes drift apart)
        await asyncio.sleep(settings.MEDIA_SWEEP_INTERVAL * spread)


async def _sweep() -> int:
    swept = await in_database(services.sweep_media, now=clock.now())
    return swept.uploads


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, MediaKeeper] = WeakKeyDictionary()


def get_media_keeper() -> MediaKeeper:
    """The keeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = MediaKeeper()
    return _keepers[loop]
