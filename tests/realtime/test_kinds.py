"""The table of event kinds: it is closed, and says who gets an event."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chatsite.realtime.fanout import Fanout
from chatsite.realtime.frames import item_of
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.kinds import KINDS, Kind, ToSender, closed_table
from chatsite.realtime.layers.memory import MemoryLayer
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import ChatMessageType

ALICE, BOB = 1, 2
ROOM = conversation_group(12)
PLAIN = Kind(to_sender=ToSender.AS_OTHERS, needs=None, follows_history=False)


@pytest.mark.parametrize("forgotten", list(ChatMessageType))
def test_a_kind_without_a_row_fails(forgotten: ChatMessageType) -> None:
    rows = {kind: PLAIN for kind in ChatMessageType if kind is not forgotten}
    with pytest.raises(LookupError, match=str(forgotten)):
        closed_table(rows)
    assert forgotten in KINDS


class Tab:
    """A connection in the fan-out, and what reached it."""

    def __init__(self, user_id: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.socket = Socket(user_id=user_id, send=self._send, control=self._send, limit=100)
        self.socket.release([])

    async def _send(self, message: Any) -> None:
        self.events += json.loads(message["text"])


MARKER = {"type": "message", "conversationId": 12, "sequence": 1}


@pytest.mark.parametrize("stranger", ["poke", None, 7, ["typing"]])
async def test_an_event_of_a_kind_that_groups_do_not_get_reaches_nobody_and_stops_nothing(
    stranger: Any,
) -> None:
    layer = MemoryLayer(capacity=100)
    fanout = Fanout(layer)
    tabs = [Tab(ALICE), Tab(BOB)]
    for tab in tabs:
        await fanout.join(tab.socket, [ROOM])
    event = {"type": stranger, "conversationId": 12, "senderId": ALICE}
    await layer.group_send(ROOM, {"type": "stream.events", "events": [event, {"no": "type"}]})
    await layer.group_send(ROOM, {"type": "stream.events", "events": [event, MARKER]})
    async with asyncio.timeout(5):
        while not all(MARKER in tab.events for tab in tabs):
            await asyncio.sleep(0)
    await fanout.stop()
    assert [tab.events for tab in tabs] == [[MARKER], [MARKER]]


def a_socket(*, sees: bool = True, hidden_until: int = 0) -> Socket:
    async def send(_: object) -> None:
        """Nothing is sent here."""

    socket = Socket(user_id=ALICE, send=send, control=send, limit=100)
    socket.sees_typing = socket.sees_presence = socket.sees_receipts = sees
    if hidden_until:
        socket.hidden_until[12] = hidden_until
    return socket


def event_of(kind: str, *, sender: int) -> dict[str, Any]:
    return {"type": kind, "conversationId": 12, "senderId": sender, "sequence": 5}


RULES = {
    # Kind: whether Alice gets her own; Bob's; Bob's while she hides all of herself; Bob's and her
    # own about a message from before she came.
    "message": (True, True, True, False, False),
    "reaction": (True, True, True, False, False),
    "typing": (False, True, False, True, False),
    "presence": (True, True, False, True, True),
    "read": (True, True, False, False, True),
    "delivered": (True, True, False, False, True),
    "receipts": (False, True, False, True, False),
    "unread": (True, True, True, True, True),
    "conversation": (True, True, True, True, True),
    "person": (True, True, True, True, True),
    "ready": (True, True, True, True, True),
    "error": (True, True, True, True, True),
}


@pytest.mark.parametrize("kind", list(KINDS))
async def test_who_gets_an_event_of_each_kind(kind: str) -> None:
    own, bobs = (item_of(event_of(kind, sender=sender)) for sender in (ALICE, BOB))
    newcomer = a_socket(hidden_until=5)
    assert RULES[kind] == (
        a_socket().may_get(own),
        a_socket().may_get(bobs),
        a_socket(sees=False).may_get(bobs),
        newcomer.may_get(bobs),
        newcomer.may_get(own),
    )


@pytest.mark.parametrize("kind", [kind for kind, row in KINDS.items() if row.follows_history])
async def test_what_does_not_say_about_which_message_it_is_is_kept_from_those_without_history(
    kind: str,
) -> None:
    event = event_of(kind, sender=BOB)
    del event["sequence"]
    assert a_socket().may_get(item_of(event))
    assert not a_socket(hidden_until=5).may_get(item_of(event))
