"""How what a new connection is given is divided into frames."""

from __future__ import annotations

from datetime import UTC, datetime

from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, PresenceStatus
from conversations.connecting import FRAME_LIMIT, Snapshot, frames_of
from presence.policy import Choice, Privacy

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
READY = ChatStreamMessage(type=ChatMessageType.READY)


def missed(conversation_id: int, count: int) -> list[ChatStreamMessage]:
    kind = ChatMessageType.MESSAGE
    return [
        ChatStreamMessage(type=kind, conversation_id=conversation_id, sequence=number)
        for number in range(count)
    ]


def shot_with(*catchup: ChatStreamMessage) -> Snapshot:
    """A snapshot of nobody else, with what was missed."""
    return Snapshot(
        choice=Choice(status=PresenceStatus.ONLINE, until=None),
        privacy=Privacy(),
        own=READY,
        ready=READY,
        people=[],
        presences=[],
        catchup=list(catchup),
        floors={},
    )


def sizes_of(*catchup: ChatStreamMessage) -> list[dict[int, int]]:
    """Of each frame after ``ready``, how many events it holds of which conversation."""
    _, *frames = frames_of(shot_with(*catchup), [], now=NOW)
    return [
        {pk: sum(item.event["conversationId"] == pk for item in frame) for pk in ids}
        for frame in frames
        for ids in [{item.event["conversationId"] for item in frame}]
    ]


def test_what_was_missed_of_a_conversation_is_in_one_frame_however_much_it_is() -> None:
    assert sizes_of(*missed(1, 3 * FRAME_LIMIT)) == [{1: 3 * FRAME_LIMIT}]


def test_conversations_share_a_frame_while_they_fit() -> None:
    sizes = sizes_of(*missed(1, 60), *missed(2, 40), *missed(3, 1), *missed(4, 100))
    assert sizes == [{1: 60, 2: 40}, {3: 1}, {4: 100}]


def test_ready_says_what_time_it_is_when_it_is_sent() -> None:
    [[ready]] = frames_of(shot_with(), [], now=NOW)
    assert ready.event == {"type": "ready", "timestamp": "2030-01-15T12:00:00.000Z"}


def test_who_missed_nothing_gets_no_empty_frame() -> None:
    assert sizes_of() == []
