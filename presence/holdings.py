"""The connections that this process holds, recorded in the database, and kept in step with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec
from django.conf import settings

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.locklanes import LockLanes
from chatsite.realtime.locks import Held
from chatsite.realtime.patience import in_turn
from presence import services
from presence.lease import Lease
from presence.policy import lease_timeout
from presence.selectors import connections_of_process

logger = logging.getLogger(__name__)


class Holder(Protocol):
    """What holds a connection."""

    @property
    def is_here(self) -> bool:
        """Whether the client is there, as far as is known."""

    def kick(self) -> None:
        """Close the connection, which is not recorded any more: its person was set offline, or
        their account was deleted."""


class Holdings:
    """All connections of one event loop. What is asked for at the moment is written together."""

    def __init__(self, lease: Lease) -> None:
        self.may_be_swept = True
        """Whether the lease expired since all open connections were recorded for the last time."""
        self._lease = lease
        self._connections: dict[UUID, services.Opening] = {}
        """What is open here, whatever the database says."""
        self._holders: dict[UUID, Holder] = {}
        """Of those of them that were recorded with one."""
        size = services.BATCH_SIZE
        self._opening = LockLanes(_open, key=_person_of, limit=size)
        self._reopening = LockLanes(_reopen, key=_person_of, limit=size)
        self._closing = LockLanes(_close, key=_person_of, limit=size)
        self._turn = asyncio.Lock()

    async def open(self, opening: services.Opening, holder: Holder | None) -> bool:
        """Record a connection. ``False``: the person has as many as they may."""
        if not await self._opening.do(opening):
            return False
        self._connections[opening.connection_id] = opening
        if holder is not None:
            self._holders[opening.connection_id] = holder
        return True

    def forget(self, connection_id: UUID) -> None:
        """The connection is gone, and is to be closed: it is not recorded again."""
        self._connections.pop(connection_id, None)
        self._holders.pop(connection_id, None)

    async def close(self, closing: services.Closing) -> None:
        """Record that the connection is gone."""
        await self._closing.do(closing)

    def note_idle(self, connection_id: UUID, *, is_idle: bool) -> None:
        """Keep it, should the connection be recorded again."""
        opening = self._connections.get(connection_id)
        if opening is not None:
            changed = msgspec.structs.replace(opening, is_idle=is_idle)
            self._connections[connection_id] = changed

    async def set_idle(self, connection_id: UUID, *, user_id: int, is_idle: bool) -> None:
        """Record whether the person's device is idle."""
        await in_turn(
            ("person", user_id),
            user_id,
            services.set_idle,
            connection_id=connection_id,
            is_idle=is_idle,
            now=clock.now(),
        )

    async def drop_all(self) -> None:
        """Hold nothing any more, once what is under way is done. The database is not told."""
        self._connections.clear()
        self._holders.clear()
        for lanes in (self._opening, self._reopening, self._closing):
            await lanes.drain()

    async def reconcile(self) -> bool:
        """Bring the rows in line with the connections that are open.

        1. Connections that were swept while this process was stopped are recorded again. Where the
           lease did not expire, a missing row means that an operator set the person offline, or
           that the account was deleted: then the connection is closed, even if the message that
           says so was lost or is still on its way.
        2. Rows of connections that are gone, and could not be closed then, are closed now. A row
           that is young may belong to a connection that is about to be added here, and is kept.

        ``False``: nothing was done, since the lease may have expired meanwhile.
        """
        async with self._turn:
            held = dict(self._connections)
            rows, is_unbroken = await in_database(self._read)
            if not (is_unbroken and self._lease.is_valid):
                return False
            lost = [opening for pk, opening in held.items() if pk not in rows]
            if self.may_be_swept:
                await self._open_all_again(lost)
            else:
                self._kick_all(lost)
            await self._close_all(rows)
            return True

    def _read(self) -> tuple[Mapping[UUID, tuple[int, datetime]], bool]:
        """The rows, and whether the lease was still the same after they were read."""
        rows = connections_of_process(process=self._lease.process)
        return rows, self._lease.is_unbroken()

    def _kick_all(self, lost: Iterable[services.Opening]) -> None:
        for opening in lost:
            # Those that were closed meanwhile are here no longer.
            holder = self._holders.get(opening.connection_id)
            if holder is not None:
                holder.kick()

    async def _close_all(self, rows: Mapping[UUID, tuple[int, datetime]]) -> None:
        old = clock.now() - lease_timeout()
        await _all(
            self._closing.do(services.Closing(user_id=user_id, connection_id=connection_id))
            for connection_id, (user_id, connected_at) in rows.items()
            if connection_id not in self._connections and connected_at < old
        )

    async def _open_all_again(self, lost: Iterable[services.Opening]) -> None:
        """Record those whose clients are there. A client that is silent is heard soon, or closed:
        until then nothing is announced of it, and the next beat looks again."""
        there: list[services.Opening] = []
        doubtful: list[services.Opening] = []
        for opening in lost:
            holder = self._holders.get(opening.connection_id)
            (there if holder is None or holder.is_here else doubtful).append(opening)
        await _all(self._open_again(opening) for opening in there)
        self.may_be_swept = bool(doubtful)

    async def _open_again(self, opening: services.Opening) -> None:
        connection_id = opening.connection_id
        if connection_id not in self._connections:
            return
        await self._reopening.do(opening)
        now_held = self._connections.get(connection_id)
        if now_held is None:
            # It was closed while being opened again, perhaps in that order.
            await self._closing.do(
                services.Closing(user_id=opening.user_id, connection_id=connection_id)
            )
        elif now_held.is_idle != opening.is_idle:
            await self.set_idle(connection_id, user_id=opening.user_id, is_idle=now_held.is_idle)


def _person_of(item: services.Opening | services.Closing) -> tuple[str, int]:
    return "person", item.user_id


def _open(openings: Sequence[services.Opening]) -> list[bool | Held]:
    limit = settings.STREAM_MAX_CONNECTIONS_PER_USER
    return services.open_connections(openings, now=clock.now(), limit=limit)


def _reopen(openings: Sequence[services.Opening]) -> list[bool | Held]:
    return services.open_connections(openings, now=clock.now())


def _close(closings: Sequence[services.Closing]) -> list[Held | None]:
    connection_ids = [closing.connection_id for closing in closings]
    held = services.close_connections(connection_ids, now=clock.now())
    return [Held.HELD if connection_id in held else None for connection_id in connection_ids]


async def _all(steps: Iterable[Awaitable[None]]) -> None:
    """Wait for all, whatever becomes of some; what failed is logged once for each reason."""
    failures = [
        outcome
        for outcome in await asyncio.gather(*steps, return_exceptions=True)
        if isinstance(outcome, Exception)
    ]
    for failure in {str(failure): failure for failure in failures}.values():
        logger.error("presence: a connection could not be reconciled", exc_info=failure)
