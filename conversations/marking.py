"""The marks of one connection: while some are written, those that come are gathered."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice

from django.db import Error as DatabaseError
from msgspec import UNSET

from chatsite.realtime import clock
from chatsite.realtime.database import in_database
from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.lanes import Job, Lanes
from chatsite.realtime.locks import StillHeld, without_waiting
from chatsite.realtime.outages import outages
from chatsite.realtime.patience import PATIENCE, get_waiting_room, in_turn
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import Mark
from conversations import services
from conversations.inbound import MAX_MARKS, DeliveredFrame, ReadFrame, UnreadFrame
from conversations.services import Marking

logger = logging.getLogger(__name__)

PAUSE = 0.2
"""Seconds from one write of a connection to its next: the first of a burst is told at once, and
a page that marks every message of a lively conversation costs no more than five writes a second."""


LANE = "marks"
"""The lane of frames that mark something as unread. Other marks go behind them."""


class Marks:
    """A burst of ``read`` and ``delivered`` costs one write, of however many conversations."""

    def __init__(self, socket: Socket, lanes: Lanes) -> None:
        self._socket = socket
        self._lanes = lanes
        self._due: dict[Marking, bool] = {}
        """Each with whether it came in a frame of many."""
        self._writing: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()

    def add(self, frame: ReadFrame | DeliveredFrame, text: str) -> None:
        """Write the marks of a frame, which came as ``text``, soon. What is refused is answered.

        Raises ``Refused``: rate_limited; unavailable."""
        if self._lanes.is_busy(LANE):
            # An ``unread`` that came before must not be written after.
            self._lanes.put(Job(LANE, partial(self._gather_behind, frame), text))
        else:
            self._gather(frame)

    async def mark_unread(self, frame: UnreadFrame) -> None:
        """Mark messages as unread. Raises ``Refused`` and ``DatabaseError``."""
        # What was read before would otherwise be written after, and end the mark.
        await self._settle()
        await in_turn(
            ("marks", self._socket.user_id),
            self._socket.user_id,
            services.mark_unread,
            conversation_id=frame.conversation_id,
            message_id=None if frame.message_id is UNSET else frame.message_id,
            user_id=self._socket.user_id,
            now=clock.now(),
        )

    async def drain(self) -> None:
        """The connection is gone: write what is left, and return when that is done."""
        self._ends.set()
        if self._writing is not None:
            await self._writing

    def _gather(self, frame: ReadFrame | DeliveredFrame) -> None:
        is_read = isinstance(frame, ReadFrame)
        for mark in frame.all_marks():
            marking = Marking(
                conversation_id=mark.conversation_id, message_id=mark.message_id, is_read=is_read
            )
            self._due[marking] = frame.marks is not UNSET
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _gather_behind(self, frame: ReadFrame | DeliveredFrame) -> None:
        self._gather(frame)

    async def _settle(self) -> None:
        """Write at once what is gathered, and return when that is done."""
        self._ends.set()
        if self._writing is not None:
            await self._writing
        self._ends.clear()

    async def _write(self) -> None:
        while self._due:
            due = dict(islice(self._due.items(), MAX_MARKS))
            for marking in due:
                del self._due[marking]
            self._refuse(due, await self._mark(due))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), PAUSE)

    async def _mark(self, markings: Mapping[Marking, bool]) -> Mapping[Marking, ErrorCode]:
        """What is refused of the marks, and why. Of those whose rows somebody else has locked, it
        waits for some: what stays locked is refused."""
        write = partial(services.mark_all, user_id=self._socket.user_id, now=clock.now())
        refused: dict[Marking, ErrorCode] = {}
        try:
            refused = dict(await in_database(without_waiting(write), markings=list(markings)))
            held = [one for one, code in refused.items() if code is ErrorCode.UNAVAILABLE]
            if held:
                user_id = self._socket.user_id
                begin_by = asyncio.get_running_loop().time() + PATIENCE
                waited = await get_waiting_room().wait(
                    ("marks", user_id), user_id, begin_by, write, markings=held
                )
                refused = {one: refused[one] for one in refused.keys() - held} | dict(waited)
        except StillHeld:
            # What was free is written.
            return refused
        except DatabaseError as error:
            outages.report(error, "marks were not written")
            return dict.fromkeys(markings, ErrorCode.UNAVAILABLE)
        else:
            return refused

    def _refuse(self, due: Mapping[Marking, bool], refused: Mapping[Marking, ErrorCode]) -> None:
        """Answer by the code; those that came in frames of many together."""
        many: defaultdict[tuple[ErrorCode, bool], list[Marking]] = defaultdict(list)
        for marking, code in refused.items():
            if due[marking]:
                many[code, marking.is_read].append(marking)
            else:
                self._tell_of_one(marking, code)
        for (code, is_read), markings in many.items():
            self._tell_of_many(markings, code, is_read=is_read)

    def _tell_of_one(self, marking: Marking, code: ErrorCode) -> None:
        error = error_message(
            Refused(code),
            refused_type=_type_of(is_read=marking.is_read),
            conversation_id=marking.conversation_id,
            message_id=marking.message_id,
        )
        self._socket.post(error)

    def _tell_of_many(self, markings: Iterable[Marking], code: ErrorCode, *, is_read: bool) -> None:
        marks = [
            Mark(conversation_id=one.conversation_id, message_id=one.message_id) for one in markings
        ]
        error = error_message(Refused(code), refused_type=_type_of(is_read=is_read), marks=marks)
        self._socket.post(error)


def _type_of(*, is_read: bool) -> str:
    return "read" if is_read else "delivered"
