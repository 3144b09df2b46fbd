"""One live connection, seen from the fan-out: frames go in, and a slow reader harms only itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from functools import partial
from typing import Any

from chatsite.realtime.errors import ErrorCode, Refused, error_message
from chatsite.realtime.frames import Frame, Item, item_of, newest
from chatsite.realtime.wire import ChatStreamMessage, Event, to_event

logger = logging.getLogger(__name__)

AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]
Control = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[[bytes], bool]

CLOSE_SLOW = 4503

PRIVATE_CODES = 3000
"""Close codes from here on are free for applications: 4009 is the private twin of 1009."""

REPLY_LIMIT = 20_000
"""Answers, catch-up included, that may wait for a reader who asks faster than it reads."""


class Socket:
    """One live connection. Everything it is sent passes through here, in order.

    It starts out held: what arrives before ``release`` waits behind ``ready``. ``hold`` begins
    that anew.
    """

    __slots__ = (
        "_drain",
        "_held",
        "_limit",
        "_outbox",
        "_replies",
        "_send",
        "_write",
        "closed",
        "control",
        "groups",
        "hidden_until",
        "sees_presence",
        "sees_receipts",
        "sees_typing",
        "user_id",
    )

    def __init__(
        self,
        *,
        user_id: int,
        send: AsgiSend,
        control: Control,
        limit: int,
        write: Write | None = None,
    ) -> None:
        self.user_id = user_id
        self.control = control
        """Called with each layer message to one of its groups that is not ``stream.events``."""
        self.groups: set[str] = set()
        self.closed = False
        self.sees_presence = True
        """Whether the presence of others than its own user may reach it."""
        self.sees_typing = True
        self.sees_receipts = True
        self.hidden_until: dict[int, int] = {}
        """Conversation to the sequence of the last message that may not reach it."""
        self._send = send
        self._write = write
        self._limit = limit
        self._held = True
        self._outbox: list[Item] = []
        self._replies: list[Item] = []
        self._drain: asyncio.Task[None] | None = None

    @property
    def gets_everything(self) -> bool:
        """Whether only what its own user sends may have to be kept from it."""
        sees_all = self.sees_typing and self.sees_presence and self.sees_receipts
        return sees_all and not self.hidden_until

    def may_get(self, event: Event) -> bool:
        """Whether the event may reach this connection: nobody is told of their own typing, who
        hides something of themselves sees it of nobody, and who may not see what was said before
        they came does not hear of its changes, nor who has read it."""
        is_own = event.get("senderId") == self.user_id
        match event.get("type"):
            case "typing":
                return self.sees_typing and not is_own
            case "presence":
                return self.sees_presence or is_own
            case "read" | "delivered":
                return is_own or (self.sees_receipts and not self._is_hidden(event))
            case "receipts":
                return self.sees_receipts and not is_own
            case "message" | "reaction":
                return not self._is_hidden(event)
            case _:
                return True

    def _is_hidden(self, event: Event) -> bool:
        if not self.hidden_until:
            return False
        hidden_until = self.hidden_until.get(event.get("conversationId", 0), 0)
        return bool(event.get("sequence", hidden_until + 1) <= hidden_until)

    def hold(self) -> None:
        """Let everything wait for the next ``release``: the state is about to be read again."""
        self._held = True

    def post(self, *messages: ChatStreamMessage) -> None:
        """Send messages to this connection alone, in one frame: answers to what it asked."""
        if messages:
            self._answer([item_of(to_event(message)) for message in messages])

    def _answer(self, items: Sequence[Item]) -> None:
        if self.closed:
            return
        if self._held or self._drain is not None:
            self._replies.extend(items)
            if len(self._replies) > REPLY_LIMIT:
                self._give_up()
        else:
            self._step(Frame(items))

    def deliver(self, frame: Frame) -> None:
        """Send a frame; never waits."""
        if self.closed:
            return
        if self._held or self._drain is not None:
            self._enqueue(frame.items)
        else:
            self._step(frame)

    def release(self, first: Iterable[Sequence[Item]], floors: Mapping[int, int]) -> None:
        """Send the frames of ``first``, then what waited meanwhile and still may be seen.

        ``floors`` maps a conversation to the sequence up to which ``first`` holds its messages.
        """
        waiting, self._outbox, self._held = self._outbox, [], False
        asked, self._replies = self._replies, []
        for items in first:
            self._answer(items)
        if asked and self._drain is not None:
            self._replies.extend(asked)
        elif asked and not self.closed:
            self._step(Frame(asked))
        rest = [
            item
            for item in waiting
            if self.may_get(item.event) and not _covered(item.event, floors)
        ]
        if rest:
            self.deliver(Frame(rest))

    def forget(self, conversation_id: int) -> None:
        """Send nothing more of the conversation: what waits is dropped, too. That it changed for
        them may still be told, and a catch-up that waits ends as refused."""
        for waiting in (self._outbox, self._replies):
            waiting[:] = [
                _ended(item) if item.event.get("conversationId") == conversation_id else item
                for item in waiting
                if item.event.get("conversationId") != conversation_id
                or item.event.get("type") in ("conversation", "error")
            ]

    def close(self, code: int) -> None:
        """Close with ``code``; nothing more is sent."""
        if self.closed:
            return
        self.closed = True
        self._outbox.clear()
        self._replies.clear()
        if self._drain is not None:
            self._drain.cancel()
        self._drain = asyncio.ensure_future(close_with(self._send, code))

    def abandon(self) -> None:
        """The connection is gone: send nothing more, and stop what is being sent."""
        self.closed = True
        self._outbox.clear()
        self._replies.clear()
        if self._drain is not None:
            self._drain.cancel()

    def _enqueue(self, items: Sequence[Item]) -> None:
        """Typing and presence are dropped first; a durable event that does not fit ends it."""
        outbox = newest([*self._outbox, *items])
        if len(outbox) > self._limit:
            outbox = [item for item in outbox if item.key is None]
        if len(outbox) > self._limit:
            self._give_up()
        else:
            self._outbox = outbox

    def _give_up(self) -> None:
        logger.info("user %s reads too slowly: closing with %s", self.user_id, CLOSE_SLOW)
        self.close(CLOSE_SLOW)

    def _step(self, frame: Frame) -> None:
        """Write the frame, or run the ASGI ``send`` to its first suspension. Most finish in that
        step and so need no task; one that suspends has a full buffer, and gets one of its own."""
        if self._write is not None and self._write(frame.wire):
            return
        sending = _as_coroutine(self._send(frame.message))
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 -- each server has its own error for a gone client
            logger.debug("send failed, the client is gone: %r", error)
            self.closed = True
        else:
            self._drain = asyncio.ensure_future(self._finish(_Resumed(sending, waits_for)))

    async def _finish(self, sending: _Resumed) -> None:
        """Finish the send that had to wait, then send what came meanwhile, joined."""
        try:
            await sending
            while (self._replies or self._outbox) and not (self.closed or self._held):
                items = [*self._replies, *self._outbox]
                self._replies, self._outbox = [], []
                await self._send(Frame(items).message)
        except Exception as error:  # noqa: BLE001 -- each server has its own error for a gone client
            logger.debug("send failed, the client is gone: %r", error)
            self.closed = True
        finally:
            if self._drain is asyncio.current_task():
                self._drain = None


class _Resumed:
    """Awaitable for the rest of a coroutine that was stepped once and then suspended."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001 -- cancelling must reach the coroutine
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, None)
            try:
                waits_for = step()
            except StopIteration:
                return


def _as_coroutine(awaitable: Awaitable[None]) -> Coroutine[Any, Any, None]:
    if asyncio.iscoroutine(awaitable):
        return awaitable
    return _await(awaitable)


async def _await(awaitable: Awaitable[None]) -> None:
    await awaitable


async def close_with(send: AsgiSend, code: int) -> None:
    """Close a connection, whether or not its client is still there.

    Daphne lets an application use no code below 3000 but 1000: there its private twin says it.
    """
    for attempt in (code,) if code >= PRIVATE_CODES else (code, PRIVATE_CODES + code):
        try:
            await send({"type": "websocket.close", "code": attempt})
        except Exception as error:  # noqa: BLE001 -- each server has its own error
            logger.debug("close with %s failed: %r", attempt, error)
        else:
            return


def _ended(item: Item) -> Item:
    """Of a conversation that is not the reader's any more: that everything is held up to the end
    of a catch-up is not so, if what came before it is not told."""
    if not item.event.get("isCatchup"):
        return item
    refused = Refused(ErrorCode.NOT_A_PARTICIPANT)
    conversation_id = item.event.get("conversationId")
    error = error_message(refused, conversation_id=conversation_id, refused_type="message")
    return item_of(to_event(error))


def _covered(event: Event, floors: Mapping[int, int]) -> bool:
    if event.get("type") != "message" or "revision" in event:
        # A change of a message may be younger than what was read of it.
        return False
    return bool(event.get("sequence", 0) <= floors.get(event.get("conversationId", 0), 0))
