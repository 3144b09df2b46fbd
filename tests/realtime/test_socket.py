"""A socket and its reader: fast, slow, and gone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pytest_django.fixtures import Settings

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.frames import Frame, Item, item_of
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, to_event


class Reader:
    """The far end of a socket. While its gate is shut, a send waits."""

    def __init__(self) -> None:
        self.frames: list[list[dict[str, Any]]] = []
        self.closed: int | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.gate.wait()
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            self.frames.append(json.loads(message["text"]))

    @property
    def sequences(self) -> list[int]:
        return [event["sequence"] for frame in self.frames for event in frame]


async def _ignore(_: object) -> None:
    """No control messages here."""


def socket_to(reader: Reader, *, limit: int = 4) -> Socket:
    socket = Socket(user_id=1, send=reader.send, control=_ignore, limit=limit)
    socket.release([])
    return socket


def message(sequence: int) -> dict[str, Any]:
    return {"type": "message", "conversationId": 12, "sequence": sequence}


def typing(sequence: int, sender: int = 1) -> dict[str, Any]:
    return {"type": "typing", "conversationId": 12, "senderId": sender, "sequence": sequence}


async def settled(reader: Reader, socket: Socket, marker: int) -> None:
    """Wait until what was sent has arrived, by sending one more and seeing it come."""
    socket.deliver(Frame([item_of(message(marker))]))
    async with asyncio.timeout(5):
        while marker not in reader.sequences:
            await asyncio.sleep(0)


async def test_a_fast_reader_has_it_before_deliver_returns() -> None:
    reader = Reader()
    socket_to(reader).deliver(Frame([item_of(message(1))]))
    assert reader.sequences == [1]


async def test_what_waits_for_a_slow_reader_is_joined_and_in_order() -> None:
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    for sequence in (1, 2, 3):
        socket.deliver(Frame([item_of(message(sequence))]))
    reader.gate.set()
    await settled(reader, socket, 4)
    assert reader.sequences == [1, 2, 3, 4]
    assert len(reader.frames) < 4


async def test_of_typing_only_the_newest_waits() -> None:
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    for sequence in range(1, 20):
        socket.deliver(Frame([item_of(typing(sequence))]))
    reader.gate.set()
    await settled(reader, socket, 99)
    assert reader.sequences == [1, 19, 99]


async def test_typing_gives_way_to_what_must_arrive() -> None:
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    socket.deliver(Frame([item_of(message(1))]))
    for sender in range(3):
        socket.deliver(Frame([item_of(typing(50, sender))]))
    for sequence in (2, 3, 4):
        socket.deliver(Frame([item_of(message(sequence))]))
    reader.gate.set()
    await settled(reader, socket, 5)
    assert reader.sequences == [1, 2, 3, 4, 5]


async def test_a_reader_that_loses_a_durable_event_is_closed_instead() -> None:
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    for sequence in range(1, 7):
        socket.deliver(Frame([item_of(message(sequence))]))
    assert socket.closed
    reader.gate.set()
    async with asyncio.timeout(5):
        while reader.closed is None:
            await asyncio.sleep(0)
    assert reader.closed == CloseCode.SLOW


async def test_ready_is_first_and_what_came_meanwhile_follows() -> None:
    reader = Reader()
    socket = Socket(user_id=1, send=reader.send, control=_ignore, limit=10)
    for sequence in (57, 58):
        socket.deliver(Frame([item_of(message(sequence))]))
    ready = ChatStreamMessage(type=ChatMessageType.READY, sequence=0)
    socket.release([[item_of(to_event(ready))]])
    assert reader.sequences == [0, 57, 58]


async def test_a_client_that_is_gone_is_noticed_and_harms_nobody() -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise ConnectionResetError

    socket = Socket(user_id=1, send=gone, control=_ignore, limit=4)
    socket.release([])
    socket.deliver(Frame([item_of(message(1))]))
    assert socket.closed
    socket.deliver(Frame([item_of(message(2))]))


def presence(sender: int, sequence: int) -> dict[str, Any]:
    return {"type": "presence", "senderId": sender, "sequence": sequence}


async def test_what_may_not_be_seen_any_more_is_not_among_what_waited() -> None:
    reader = Reader()
    socket = socket_to(reader, limit=10)
    socket.hold()
    own, others = presence(1, 2), presence(2, 3)
    waiting = [own, others, typing(4, sender=2), typing(5, sender=1), message(6)]
    socket.deliver(Frame([item_of(event) for event in waiting]))
    assert reader.sequences == []
    socket.sees_presence = socket.sees_typing = socket.sees_receipts = False
    socket.release([])
    assert reader.sequences == [2, 6]


async def test_what_a_slow_reader_has_not_read_waits_for_the_new_state_too() -> None:
    reader = Reader()
    socket = socket_to(reader, limit=10)
    reader.gate.clear()
    for sequence in (1, 2):
        socket.deliver(Frame([item_of(message(sequence))]))
    socket.hold()
    reader.gate.set()
    async with asyncio.timeout(5):
        while reader.sequences != [1]:
            await asyncio.sleep(0)
    ready = ChatStreamMessage(type=ChatMessageType.READY, sequence=0)
    socket.release([[item_of(to_event(ready))]])
    await settled(reader, socket, 3)
    assert reader.sequences == [1, 0, 2, 3]


async def test_a_catch_up_that_is_forgotten_ends_as_refused() -> None:
    """Else its reader would hold for complete what it was never told."""
    reader = Reader()
    socket = socket_to(reader)
    socket.hold()
    missed = message_of(ChatMessageType.MESSAGE), message_of(ChatMessageType.CONVERSATION)
    socket.post(*missed)
    socket.forget(12)
    socket.release([])
    [[error]] = reader.frames
    assert (error["type"], error["code"]) == ("error", "not_a_participant")
    assert error["conversationId"] == 12


def message_of(kind: ChatMessageType) -> ChatStreamMessage:
    return ChatStreamMessage(type=kind, conversation_id=12, sequence=1, is_catchup=True)


def person(sender: int) -> Item:
    return item_of({"type": "person", "senderId": sender, "sequence": sender})


async def test_a_newer_state_takes_the_place_of_one_that_waits_but_for_the_names_in_it() -> None:
    """The newer one tells only of those that changed since the older one was read."""
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    socket.deliver(Frame([item_of(message(1))]))
    socket.release([[item_of(message(100)), person(101)], [item_of(presence(2, 102))]])
    socket.release([[item_of(message(200)), person(201)], [item_of(presence(2, 202))]])
    reader.gate.set()
    await settled(reader, socket, 300)
    assert reader.sequences == [1, 200, 101, 201, 202, 300]


async def test_it_is_drained_once_the_state_was_sent_and_the_reader_has_all() -> None:
    reader = Reader()
    socket = Socket(user_id=1, send=reader.send, control=_ignore, limit=4)
    waiting = asyncio.create_task(socket.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    reader.gate.clear()
    socket.release([[item_of(message(1))], [item_of(message(2))]])
    await asyncio.sleep(0)
    assert not waiting.done()
    reader.gate.set()
    assert await asyncio.wait_for(waiting, 5)
    assert reader.sequences == [1, 2]


async def test_it_is_not_drained_before_the_server_program_has_sent_most_of_it() -> None:
    flushed = asyncio.Event()
    socket = Socket(user_id=1, send=Reader().send, control=_ignore, limit=4, flushed=flushed.wait)
    socket.release([])
    waiting = asyncio.create_task(socket.drained())
    await asyncio.sleep(0)
    assert socket.is_stalled
    flushed.set()
    assert await asyncio.wait_for(waiting, 5)
    assert not socket.is_stalled


async def test_whoever_waits_for_a_connection_that_ends_is_told_that_it_is_gone() -> None:
    socket = Socket(user_id=1, send=Reader().send, control=_ignore, limit=4)
    waiting = asyncio.create_task(socket.drained())
    await asyncio.sleep(0)
    socket.abandon()
    assert await asyncio.wait_for(waiting, 5) is False


async def test_answers_that_are_not_read_end_it_by_their_size(settings: Settings) -> None:
    settings.STREAM_OUTBOX_BYTES = 16_000
    reader = Reader()
    socket = socket_to(reader)
    reader.gate.clear()
    answer = ChatStreamMessage(type=ChatMessageType.MESSAGE, content="x" * 3_000)
    socket.post(answer)
    socket.post(answer)
    assert not socket.closed
    socket.post(answer)
    assert socket.closed
