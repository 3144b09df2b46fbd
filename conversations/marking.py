"""The marks of one connection: while some are written, those that come are gathered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime

from django.db import Error as DatabaseError

from chatsite.realtime.database import in_database
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.socket import Socket
from conversations import services
from conversations.inbound import DeliveredFrame, ReadFrame

PAUSE = 0.2
"""Seconds from one write of a connection to its next: the first of a burst is told at once, and
a page that marks every message of a lively conversation costs no more than five writes a second."""


class Marks:
    """A burst of ``read`` and ``delivered`` costs one write for each conversation, or two."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._due: dict[int, dict[ReadFrame | DeliveredFrame, None]] = {}
        self._writing: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()

    def add(self, frame: ReadFrame | DeliveredFrame) -> None:
        """Write the mark soon. What is refused is answered."""
        self._due.setdefault(frame.conversation_id, {})[frame] = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Write at once what is gathered, and return when that is done."""
        self._ends.set()
        if self._writing is not None:
            await self._writing
        self._ends.clear()

    async def drain(self) -> None:
        """The connection is gone: write what is left, and return when that is done."""
        self._ends.set()
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            for conversation_id, frames in due.items():
                await self._write_one(conversation_id, frames)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), PAUSE)

    async def _write_one(
        self, conversation_id: int, frames: Collection[ReadFrame | DeliveredFrame]
    ) -> None:
        try:
            unknown = await self._mark(conversation_id, frames)
        except Refused as refused:
            self._refuse(frames, refused)
        except DatabaseError:
            self._refuse(frames, Refused(ErrorCode.UNAVAILABLE))
        else:
            strange = [frame for frame in frames if frame.message_id in unknown]
            self._refuse(strange, Refused(ErrorCode.UNKNOWN_MESSAGE))

    async def _mark(
        self, conversation_id: int, frames: Iterable[ReadFrame | DeliveredFrame]
    ) -> set[int]:
        return await in_database(
            services.mark_all,
            conversation_id=conversation_id,
            user_id=self._socket.user_id,
            read={frame.message_id for frame in frames if isinstance(frame, ReadFrame)},
            delivered={frame.message_id for frame in frames if isinstance(frame, DeliveredFrame)},
            now=datetime.now(UTC),
        )

    def _refuse(self, frames: Iterable[ReadFrame | DeliveredFrame], refused: Refused) -> None:
        for frame in frames:
            error = error_message(
                refused,
                refused_type="read" if isinstance(frame, ReadFrame) else "delivered",
                conversation_id=frame.conversation_id,
                message_id=frame.message_id,
            )
            self._socket.post(error)
