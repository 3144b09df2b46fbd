"""How what a new connection is given is divided into frames."""

from __future__ import annotations

from datetime import UTC, datetime

from chatsite.realtime.frames import Item, item_of
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, PresenceStatus
from conversations.connecting import FRAME_LIMIT, Snapshot, frames_of
from presence.policy import Choice, Privacy

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
READY = ChatStreamMessage(type=ChatMessageType.READY)


def presence_of(sender_id: int) -> Item:
    return item_of({"type": "presence", "senderId": sender_id})


def shot_with(*presences: Item) -> Snapshot:
    """A snapshot of nobody else but these."""
    return Snapshot(
        choice=Choice(status=PresenceStatus.ONLINE, until=None),
        privacy=Privacy(),
        own=READY,
        ready=READY,
        people=[],
        presences=list(presences),
    )


def test_ready_is_alone_so_that_it_is_read_before_all_that_follows() -> None:
    presences = [presence_of(number) for number in range(2 * FRAME_LIMIT + 1)]
    frames = list(frames_of(shot_with(*presences), [], now=NOW))
    assert [len(frame) for frame in frames] == [1, FRAME_LIMIT, FRAME_LIMIT, 1]
    assert [item for frame in frames[1:] for item in frame] == presences


def test_ready_says_what_time_it_is_when_it_is_sent() -> None:
    [[ready]] = frames_of(shot_with(), [], now=NOW)
    assert ready.event == {"type": "ready", "timestamp": "2030-01-15T12:00:00.000Z"}
