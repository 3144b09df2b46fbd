"""The catch-ups that one connection still has to receive.

1. A request, on connecting or by a frame, is kept here as a cursor: from where on, not what.
2. When the client has read what was sent before, and it is this connection's turn, one page is read
   from the database.
3. The page is sent at once. The next one is read when the client has read this one.

A client that does not read therefore delays nobody, and takes the memory of one page.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error as DatabaseError

from chatsite.realtime.database import in_database
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.frames import Item
from chatsite.realtime.outages import outages
from chatsite.realtime.outbox import refused_catchup
from chatsite.realtime.socket import Socket
from chatsite.realtime.turns import Turns
from conversations.cursors import Ask
from conversations.missed import Answer, read_answers

SHARE = 4
"""One in so many database threads may read catch-ups. The others are for what is live."""

LOOK_AHEAD = 50
"""Conversations that may be read together if little was missed in each."""


class Catchups:
    """The catch-ups of one connection, in the order in which they were asked for."""

    def __init__(self, socket: Socket, *, was_left: Callable[[int], bool]) -> None:
        self._socket = socket
        self._was_left = was_left
        """Whether the user is no longer in a conversation, as far as this connection knows."""
        self._waiting: deque[Ask] = deque()
        self._resumed = 0
        """How many of the first ones that wait were asked for on connecting."""
        self._working: asyncio.Task[None] | None = None

    def resume(self, asks: Iterable[Ask]) -> None:
        """Answer what was asked for on connecting, once the state was sent."""
        self._waiting.extend(asks)
        self._resumed = len(self._waiting)
        self._begin()

    def ask(self, ask: Ask) -> None:
        """Answer this after everything that was asked for before. A client that keeps asking
        without reading the answers is closed."""
        if len(self._waiting) - self._resumed >= settings.STREAM_CATCHUPS:
            self._socket.give_up()
            return
        self._waiting.append(ask)
        self._begin()

    def stop(self) -> None:
        """Stop: the connection is gone."""
        self._waiting.clear()
        if self._working is not None:
            self._working.cancel()

    def _begin(self) -> None:
        if self._waiting and (self._working is None or self._working.done()):
            self._working = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._waiting and await self._socket.drained():
            async with get_turns().turn(self._socket.user_id):
                # The wait for the turn may be long, and much may have been sent meanwhile.
                if not self._socket.is_stalled:
                    await self._tell_next()

    async def _tell_next(self) -> None:
        asks = list(islice(self._waiting, LOOK_AHEAD))
        try:
            answers = await in_database(read_answers, user_id=self._socket.user_id, asks=asks)
        except DatabaseError as error:
            outages.report(error, "what was missed could not be read")
            self._refuse_all(Refused(ErrorCode.UNAVAILABLE))
        else:
            self._tell(answers)

    def _tell(self, answers: Sequence[Answer | Refused]) -> None:
        """Send the answers to the first ones that wait, in one frame."""
        frame: list[Item] = []
        for answer in answers:
            conversation_id = self._waiting[0].conversation_id
            told = (
                Refused(ErrorCode.NOT_A_PARTICIPANT) if self._was_left(conversation_id) else answer
            )
            if isinstance(told, Refused):
                frame.append(refused_catchup(told, conversation_id))
                self._end_first()
            else:
                frame += told.items
                self._end_first(told.rest)
        self._socket.post_items(frame)

    def _end_first(self, rest: Ask | None = None) -> None:
        """Record that the first one that waits was answered, except for the rest of it."""
        if rest is not None:
            self._waiting[0] = rest
            return
        self._waiting.popleft()
        self._resumed = max(0, self._resumed - 1)

    def _refuse_all(self, refused: Refused) -> None:
        """Refuse all that wait. A client that still wants them asks again."""
        asks, self._resumed = list(self._waiting), 0
        self._waiting.clear()
        self._socket.post_items([refused_catchup(refused, ask.conversation_id) for ask in asks])


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def get_turns() -> Turns:
    """The turns of all connections of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns[loop] = Turns(max(1, settings.DATABASE_THREADS // SHARE))
    return _turns[loop]
