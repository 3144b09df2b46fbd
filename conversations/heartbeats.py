"""What a heartbeat is answered with, from memory: a heartbeat costs no SQL."""

from __future__ import annotations

import asyncio
from datetime import datetime
from weakref import WeakKeyDictionary

from chatsite.realtime.fanout import Fanout, get_fanout
from chatsite.realtime.groups import user_group
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage, Event, PresenceStatus


class OwnPresences:
    """The presence of the people connected here, as the group last announced it."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._known: dict[int, tuple[PresenceStatus, int]] = {}
        fanout.observers.append(self._observe)

    def learn(self, message: ChatStreamMessage) -> None:
        """Keep what a snapshot says of its own user, unless a later change was heard already."""
        assert message.sender_id is not None, "a presence is somebody's"
        assert message.presence_status is not None, "a presence has a status"
        known = self._known.get(message.sender_id)
        sequence = message.sequence or 0
        if known is None or known[1] < sequence:
            self._known[message.sender_id] = (message.presence_status, sequence)

    def answer(self, user_id: int, *, now: datetime) -> ChatStreamMessage:
        """The user's own ``presence``, seen just now."""
        status, sequence = self._known[user_id]
        return ChatStreamMessage(
            type=ChatMessageType.PRESENCE,
            sender_id=user_id,
            presence_status=status,
            sequence=sequence,
            timestamp=now,
        )

    def forget(self, user_id: int) -> None:
        """Forget the user whose last connection here is gone."""
        if not self._fanout.has_members(user_group(user_id)):
            self._known.pop(user_id, None)

    def _observe(self, event: Event, origin: str | None) -> None:
        if event.get("type") == "presence" and event.get("senderId") in self._known:
            user_id, sequence = event["senderId"], event.get("sequence", 0)
            known = self._known[user_id][1]
            # What they chose themselves is told before others see it, and before it is counted.
            if sequence > known or (sequence == known and "chosenStatus" in event):
                self._known[user_id] = (PresenceStatus(event["presenceStatus"]), sequence)


_presences: WeakKeyDictionary[asyncio.AbstractEventLoop, OwnPresences] = WeakKeyDictionary()


def get_own_presences() -> OwnPresences:
    """The own presences of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _presences:
        _presences[loop] = OwnPresences(get_fanout())
    return _presences[loop]
