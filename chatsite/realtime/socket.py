"""One live connection, as the fan-out sees it. A slow reader affects only itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from functools import partial
from typing import Any, assert_never

from chatsite.realtime.backlog import get_backlog
from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.controls import Control
from chatsite.realtime.frames import Frame, Item, item_of
from chatsite.realtime.kinds import Sight, ToSender
from chatsite.realtime.outbox import Outbox
from chatsite.realtime.wire import ChatStreamMessage, Event, to_event

logger = logging.getLogger(__name__)

AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]
Obey = Callable[[Control], Awaitable[None]]
Write = Callable[[bytes], bool]
Flushed = Callable[[], Awaitable[object]]

PRIVATE_CODES = 3000
"""Close codes from here on are free for applications: 4009 stands for 1009."""


class Socket:
    """One live connection. Everything that is sent to it passes through here, in order.

    It starts out held: events that arrive before ``release`` wait behind the state that ``release``
    sends. ``hold`` starts that again.
    """

    __slots__ = (
        "_awaits_flush",
        "_change",
        "_drain",
        "_flushed",
        "_held",
        "_outbox",
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
        control: Obey,
        limit: int,
        write: Write | None = None,
        flushed: Flushed | None = None,
    ) -> None:
        self.user_id = user_id
        self.control = control
        """Called with each control that is sent to one of its groups."""
        self.groups: set[str] = set()
        self.closed = False
        self.sees_presence = True
        """Whether it may receive the presence of other users."""
        self.sees_typing = True
        self.sees_receipts = True
        self.hidden_until: dict[int, int] = {}
        """Conversation to the sequence of the last message that it may not receive."""
        self._send = send
        self._write = write
        self._flushed = flushed
        """Waits until the server program has sent most of what was written."""
        self._awaits_flush = False
        self._held = True
        self._outbox = Outbox(self, get_backlog(), limit=limit)
        self._drain: asyncio.Task[None] | None = None
        self._change: asyncio.Future[None] | None = None
        """Done when ``drained`` has to check again."""

    @property
    def gets_everything(self) -> bool:
        """Whether nothing has to be withheld from it but, perhaps, what its own user sends."""
        sees_all = self.sees_typing and self.sees_presence and self.sees_receipts
        return sees_all and not self.hidden_until

    def may_get(self, item: Item) -> bool:
        """Whether this connection may receive the event, by the rules of its kind."""
        kind = item.kind
        if item.event.get("senderId") == self.user_id and kind.to_sender is not ToSender.AS_OTHERS:
            return kind.to_sender is ToSender.ALWAYS
        return self._sees(kind.needs) and not (kind.follows_history and self._is_hidden(item.event))

    def _sees(self, needed: Sight | None) -> bool:
        match needed:
            case None:
                return True
            case Sight.TYPING:
                return self.sees_typing
            case Sight.PRESENCE:
                return self.sees_presence
            case Sight.RECEIPTS:
                return self.sees_receipts
            case never:
                assert_never(never)

    def _is_hidden(self, event: Event) -> bool:
        """Whether the event is about a message that is hidden from this connection, or does not
        say about which one."""
        if not self.hidden_until:
            return False
        hidden_until = self.hidden_until.get(event.get("conversationId", 0), 0)
        return bool(hidden_until and event.get("sequence", 0) <= hidden_until)

    def hold(self) -> None:
        """Keep everything until the next ``release``: the state is about to be read again."""
        self._held = True

    @property
    def is_stalled(self) -> bool:
        """Whether the client has not yet read what was sent."""
        return not self._held and (self._drain is not None or self._awaits_flush)

    async def drained(self) -> bool:
        """Wait until the state was sent and the client has read everything. Returns whether the
        client is still connected. One caller at a time."""
        while not self.closed:
            if self._held or self._drain is not None:
                self._change = asyncio.get_running_loop().create_future()
                await self._change
            elif self._flushed is None or await self._is_flushed(self._flushed):
                return True
        return False

    async def _is_flushed(self, flushed: Flushed) -> bool:
        """Wait for the server program. Returns whether nothing else waits meanwhile."""
        self._awaits_flush = True
        try:
            await flushed()
        finally:
            self._awaits_flush = False
        return self._is_free()

    def post(self, *messages: ChatStreamMessage) -> None:
        """Send messages to this connection alone, in one frame, as answers to its requests."""
        self.post_items([item_of(to_event(message)) for message in messages])

    def post_items(self, items: Sequence[Item]) -> None:
        """``post`` with items that are encoded already."""
        if self.closed or not items:
            return
        if self._held or self._drain is not None:
            self._outbox.answer(items)
        elif not self._step(Frame(items)):
            self._outbox.hand_over(items)

    def deliver(self, frame: Frame) -> None:
        """Send a frame; never waits."""
        if self.closed:
            return
        if self._held or self._drain is not None:
            self._outbox.add(frame.items)
        elif not self._step(frame):
            self._outbox.hand_over(frame.items)

    def release(self, first: Iterable[Sequence[Item]]) -> None:
        """Send the frames of ``first``, then what waited and may still be received."""
        if self.closed:
            return
        self._held = False
        self._outbox.begin(first, may_get=self.may_get)
        while self._is_free() and (items := self._outbox.take()):
            if self._step(Frame(items)):
                self._outbox.taken()
        self._look_again()

    def forget(self, conversation_id: int) -> None:
        """Send nothing more of the conversation, and drop what waits, except the event that the
        conversation changed. A catch-up that waits ends as refused."""
        self._outbox.forget(conversation_id)

    def close(self, code: int) -> None:
        """Close with ``code``, and send nothing more."""
        if self.closed:
            return
        self.abandon()
        self._drain = asyncio.ensure_future(close_with(self._send, code))

    def abandon(self) -> None:
        """Send nothing more, and cancel what is being sent: the connection is gone."""
        self.closed = True
        self._outbox.clear()
        if self._drain is not None:
            self._drain.cancel()
        self._look_again()

    def give_up(self) -> None:
        """Close a connection whose client reads more slowly than events or answers come."""
        logger.info("user %s reads too slowly: closing with %s", self.user_id, CloseCode.SLOW)
        self.close(CloseCode.SLOW)

    def _is_free(self) -> bool:
        """Whether a frame may be sent at once."""
        return not self.closed and not self._held and self._drain is None

    def _look_again(self) -> None:
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def _step(self, frame: Frame) -> bool:
        """Write the frame, or run the ASGI ``send`` until it suspends. Returns whether it is done.

        Most sends finish without suspending, and so need no task. One that suspends waits for a
        full buffer, and gets a task of its own.
        """
        if self._write is not None and self._write(frame.wire):
            return True
        sending = _as_coroutine(self._send(frame.message))
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return True
        except Exception as error:  # noqa: BLE001 -- each server has its own error for a gone client
            logger.debug("send failed, the client is gone: %r", error)
            self.abandon()
            return True
        self._drain = asyncio.ensure_future(self._finish(_Resumed(sending, waits_for)))
        return False

    async def _finish(self, sending: _Resumed) -> None:
        """Finish the send that had to wait, then send what came meanwhile, in one frame."""
        try:
            await sending
            self._outbox.taken()
            while not (self.closed or self._held) and (items := self._outbox.take()):
                await self._send(Frame(items).message)
                self._outbox.taken()
        except Exception as error:  # noqa: BLE001 -- each server has its own error for a gone client
            logger.debug("send failed, the client is gone: %r", error)
            self.closed = True
            self._outbox.clear()
        finally:
            if self._drain is asyncio.current_task():
                self._drain = None
                self._look_again()


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

    Daphne allows applications no code below 3000 except 1000, so there 4009 stands for 1009.
    """
    # Daphne accepts only a plain int, not a subclass such as ``CloseCode``.
    plain = int(code)
    for attempt in (plain,) if plain >= PRIVATE_CODES else (plain, PRIVATE_CODES + plain):
        try:
            await send({"type": "websocket.close", "code": attempt})
        except Exception as error:  # noqa: BLE001 -- each server has its own error
            logger.debug("close with %s failed: %r", attempt, error)
        else:
            return
