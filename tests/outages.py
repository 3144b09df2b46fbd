"""What must be so after an outage of Redis."""

from __future__ import annotations

import asyncio

from tests.cast import Event, Tab
from tests.sites import Server


def says_it_once(server: Server) -> None:
    """One line for its begin and one for its end, however many were concerned, and nothing of it
    looks like a bug."""
    log = server.log.read_text()
    for said in (" is away: ", " is back. "):
        assert log.count(said) == 1, log
    for word in ("Traceback", "could not publish", "500 Internal Server Error"):
        assert word not in log, log


async def learns_of(tab: Tab, message: Event, *, within: float) -> None:
    """The tab hears it, or a ``ready``, on which it asks for it as a client does."""
    sequence = message["sequence"]
    async with asyncio.timeout(within):
        while not await tab.has_heard(type="message", sequence=sequence, within=0.2):
            if await tab.has_heard(type="ready", within=0.2):
                where = {"conversationId": message["conversationId"], "sequence": sequence - 1}
                await tab.says(type="message", isCatchup=True, **where)
