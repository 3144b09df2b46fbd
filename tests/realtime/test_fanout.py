"""The fan-out over the in-memory layer: who gets what, once, in order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chatsite.realtime import delivery
from chatsite.realtime.controls import Control, Kicked, Renamed
from chatsite.realtime.envelopes import Envelope, encode_envelope
from chatsite.realtime.fanout import Fanout
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.layers.memory import MemoryLayer
from chatsite.realtime.socket import Socket

ALICE, BOB = 1, 2
ROOM, OTHER_ROOM = conversation_group(12), conversation_group(13)


class Tab:
    """A socket in the fan-out, and what reached it."""

    def __init__(self, user_id: int) -> None:
        self.frames: list[list[dict[str, Any]]] = []
        self.controls: list[Control] = []
        self.arrived = asyncio.Event()
        self.socket = Socket(user_id=user_id, send=self._send, control=self._control, limit=100)
        self.socket.release([])

    async def _send(self, message: dict[str, Any]) -> None:
        self.frames.append(json.loads(message["text"]))
        self.arrived.set()

    async def _control(self, control: Control) -> None:
        self.controls.append(control)
        self.arrived.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for frame in self.frames for event in frame]

    async def hears(self, marker: int) -> None:
        """Wait for the message with this sequence; all that was sent before it has arrived."""
        async with asyncio.timeout(5):
            while not any(e.get("sequence") == marker for e in self.events):
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
def layer() -> MemoryLayer:
    return MemoryLayer(capacity=1_000)


@pytest.fixture
async def fanout(layer: MemoryLayer) -> Fanout:
    return Fanout(layer)


async def tell(layer: MemoryLayer, group: str, *events: dict[str, Any]) -> None:
    await layer.group_send(group, {"type": "stream.events", "events": list(events)})


def message(sequence: int) -> dict[str, Any]:
    return {"type": "message", "conversationId": 12, "sequence": sequence}


def typing(sender: int, is_typing: bool) -> dict[str, Any]:
    return {"type": "typing", "conversationId": 12, "senderId": sender, "isTyping": is_typing}


async def test_one_that_can_not_follow_keeps_nobody_else_from_hearing_it(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    async def fails(control: Control) -> None:
        raise LookupError(control)

    alice = Tab(ALICE)
    hers = Socket(user_id=ALICE, send=alice._send, control=fails, limit=100)
    for socket in (hers, alice.socket):
        await fanout.join(socket, [ROOM])
    await fanout.deliver_alone([(ROOM, Envelope(control=Kicked()))])
    assert alice.controls == [Kicked()]


async def test_events_of_one_send_are_one_frame_and_bursts_keep_their_order(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    await tell(layer, ROOM, typing(BOB, False), message(1))
    for sequence in range(2, 100):
        await tell(layer, ROOM, message(sequence))
    await alice.hears(99)
    assert alice.frames[0][:2] == [typing(BOB, False), message(1)]
    messages = [event for event in alice.events if event["type"] == "message"]
    assert messages == [message(sequence) for sequence in range(1, 100)]
    assert len(alice.frames) < 50, "a burst is joined"


async def test_a_message_that_overtook_another_waits_for_it(layer: MemoryLayer) -> None:
    fanout = Fanout(layer, patience=60.0)
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    for sequence in (1, 3, 2, 4):
        await tell(layer, ROOM, message(sequence))
    await alice.hears(4)
    assert [event["sequence"] for event in alice.events] == [1, 2, 3, 4]


async def test_a_message_does_not_wait_for_ever(layer: MemoryLayer, fanout: Fanout) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    await tell(layer, ROOM, message(1))
    await tell(layer, ROOM, message(3))
    await alice.hears(3)


async def test_of_a_burst_of_typing_the_newest_wins(layer: MemoryLayer, fanout: Fanout) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    await tell(layer, ROOM, message(1))
    await alice.hears(1)
    events = [typing(BOB, bool(number % 2)) for number in range(9)]
    await tell(layer, ROOM, *events, message(2))
    await alice.hears(2)
    assert alice.frames[-1] == [typing(BOB, False), message(2)]


async def test_nobody_is_told_of_their_own_typing(layer: MemoryLayer, fanout: Fanout) -> None:
    alice, bob = Tab(ALICE), Tab(BOB)
    await fanout.join(alice.socket, [ROOM])
    await fanout.join(bob.socket, [ROOM])
    await tell(layer, ROOM, typing(BOB, True), message(1))
    await alice.hears(1)
    await bob.hears(1)
    assert alice.events == [typing(BOB, True), message(1)]
    assert bob.events == [message(1)]


async def test_a_presence_change_is_told_once_whatever_they_share(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM, OTHER_ROOM])
    presence = {"type": "presence", "senderId": BOB, "presenceStatus": "away", "sequence": 7}
    await tell(layer, ROOM, presence)
    await tell(layer, OTHER_ROOM, presence)
    await tell(layer, ROOM, message(9))
    await alice.hears(9)
    assert alice.events == [presence, message(9)]


@pytest.mark.parametrize("own_first", [True, False])
async def test_what_one_is_told_of_oneself_takes_the_place_of_what_others_are_told(
    layer: MemoryLayer, fanout: Fanout, own_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is, it is one burst.
    monkeypatch.setattr(delivery, "QUIET", 60)
    monkeypatch.setattr(delivery, "JOIN", 0.3)
    alice, bob = Tab(ALICE), Tab(BOB)
    await fanout.join(alice.socket, [user_group(ALICE), ROOM])
    await fanout.join(bob.socket, [user_group(BOB), ROOM])
    await tell(layer, ROOM, message(1))
    await alice.hears(1)
    presence = {"type": "presence", "senderId": ALICE, "presenceStatus": "busy", "sequence": 7}
    own = {**presence, "chosenStatus": "busy"}
    sends = [(user_group(ALICE), own), (ROOM, presence)]
    for group, event in sends if own_first else reversed(sends):
        await tell(layer, group, event)
    await tell(layer, ROOM, message(2))
    await alice.hears(2)
    await bob.hears(2)
    assert alice.events == [message(1), own, message(2)]
    assert bob.events == [message(1), presence, message(2)]


async def test_a_choice_that_changes_nothing_others_see_is_told_each_time(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [user_group(ALICE)])
    own = {"type": "presence", "senderId": ALICE, "presenceStatus": "busy", "sequence": 7}
    choices: list[dict[str, str]] = [{}, {"until": "2030-01-15T15:00:00.000Z"}, {}]
    for number, choice in enumerate(choices, start=1):
        await tell(layer, user_group(ALICE), {**own, "chosenStatus": "busy", **choice})
        await tell(layer, user_group(ALICE), message(number))
        await alice.hears(number)
    told = [event.get("until") for event in alice.events if event["type"] == "presence"]
    assert told == [None, "2030-01-15T15:00:00.000Z", None]


async def test_who_left_hears_nothing_more_and_the_rest_go_on(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice, bob = Tab(ALICE), Tab(BOB)
    await fanout.join(alice.socket, [ROOM])
    await fanout.join(bob.socket, [ROOM])
    await fanout.leave(bob.socket, [ROOM])
    await tell(layer, ROOM, message(1))
    await alice.hears(1)
    assert bob.events == []


async def test_the_last_to_leave_ends_the_subscription_and_the_next_begins_it_anew(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    await fanout.leave(alice.socket, [ROOM])
    assert layer.groups == {}
    await fanout.join(alice.socket, [ROOM])
    await tell(layer, ROOM, message(1))
    await alice.hears(1)


async def test_a_control_message_goes_to_the_connection_and_not_to_the_client(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice, bob = Tab(ALICE), Tab(BOB)
    await fanout.join(alice.socket, [user_group(ALICE), ROOM])
    await fanout.join(bob.socket, [user_group(BOB), ROOM])
    message_to_her = encode_envelope(Envelope(control=Renamed(name="Alice")))
    await layer.group_send(user_group(ALICE), message_to_her)
    await tell(layer, ROOM, message(1))
    await alice.hears(1)
    assert alice.controls == [Renamed(name="Alice")]
    assert bob.controls == []


async def test_a_malformed_message_of_other_code_does_not_silence_the_process(
    layer: MemoryLayer, fanout: Fanout
) -> None:
    alice = Tab(ALICE)
    await fanout.join(alice.socket, [ROOM])
    await layer.group_send(ROOM, {"type": "stream.events"})
    await tell(layer, ROOM, message(1))
    await alice.hears(1)


@pytest.fixture(autouse=True)
async def _no_reader_left(fanout: Fanout) -> Any:
    yield
    await fanout.stop()


@pytest.mark.parametrize("others", [[], [OTHER_ROOM]], ids=["alone", "beside another group"])
async def test_a_message_from_before_who_may_not_look_back_came_is_not_told_to_them_late(
    layer: MemoryLayer, fanout: Fanout, others: list[str]
) -> None:
    alice, bob = Tab(ALICE), Tab(BOB)
    bob.socket.hidden_until[12] = 5
    for tab in (alice, bob):
        await fanout.join(tab.socket, [ROOM, *others])
    for group in [*others, ROOM]:
        await tell(layer, group, {"type": "conversation", "conversationId": 13})
    await tell(layer, ROOM, message(5))
    await tell(layer, ROOM, message(6))
    await alice.hears(6)
    await bob.hears(6)
    assert message(5) in alice.events
    assert message(5) not in bob.events
