"""The typing of this process' people, announced: ``TypingIndicatorService`` on the event loop."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Hashable
from weakref import WeakKeyDictionary

import msgspec
from django.conf import settings

from chatsite.realtime.fanout import Fanout, get_fanout
from chatsite.realtime.groups import conversation_group, conversation_of
from chatsite.realtime.ordering import is_new_message
from chatsite.realtime.publish import publish, whisper
from chatsite.realtime.wire import Activity, ChatStreamMessage, Event
from conversations.inbound import TypingFrame
from conversations.outbound import typing_event
from conversations.typing import TypingIndicatorService


class Typists:
    """Who is typing, for the consumers of one event loop. Touches neither a thread nor SQL."""

    def __init__(self, fanout: Fanout) -> None:
        loop = asyncio.get_running_loop()
        self._service = TypingIndicatorService(
            on_typing_changed=self._changed,
            timeout=settings.TYPING_TIMEOUT,
            clock=loop.time,
            call_later=loop.call_later,
        )
        self._origin = secrets.token_hex(8)
        """What is published with it and comes back was announced here."""
        self._names: dict[tuple[int, int], str] = {}
        self._due: dict[tuple[int, int], None] = {}
        self._announcing: asyncio.Task[None] | None = None
        fanout.observers.append(self._observe)
        fanout.welcomers.append(self._welcome)

    def typing(self, frame: TypingFrame, user_id: int, name: str, connection: Hashable) -> None:
        """The user started or goes on typing on a connection."""
        self._names[frame.conversation_id, user_id] = name
        self._service.user_typing(frame.conversation_id, user_id, connection, frame.activity)

    def stopped(self, conversation_id: int, user_id: int, connection: Hashable) -> None:
        """The user stopped on a connection."""
        self._service.user_stopped_typing(conversation_id, user_id, connection)

    def disconnected(self, user_id: int, connection: Hashable) -> None:
        """The connection is gone, or its user wants to be invisible."""
        self._service.user_disconnected(user_id, connection)

    def take(self, conversation_id: int, user_id: int) -> bool:
        """End the user's typing unannounced, for a message that says so in its own frame."""
        self._due.pop((conversation_id, user_id), None)
        return self._service.take(conversation_id, user_id)

    async def end(self, user_id: int) -> None:
        """End all typing of the user that is known here, and return when that is announced."""
        for conversation_id in self._service.get_conversations(user_id):
            self.take(conversation_id, user_id)
            # Without our origin: it ends what other processes know, too.
            await publish(
                conversation_group(conversation_id), self._event(conversation_id, user_id)
            )

    def announce_stop(self, conversation_id: int, user_id: int) -> None:
        """Tell the group that the user does not type, after ``take`` when no message came of it."""
        self._changed(conversation_id, user_id, False)

    def snapshot(self, conversation_ids: set[int], *, but: int) -> list[ChatStreamMessage]:
        """A ``typing`` for everyone typing in the conversations, but one user."""
        return [
            self._event(conversation_id, user_id)
            for conversation_id in conversation_ids
            for user_id in self._service.get_typing_users(conversation_id)
            if user_id != but
        ]

    def _changed(self, conversation_id: int, user_id: int, is_typing: bool) -> None:
        """Announce soon. What is true then is announced: of two changes only the last."""
        self._due[conversation_id, user_id] = None
        if self._announcing is None or self._announcing.done():
            self._announcing = asyncio.ensure_future(self._announce())

    async def _announce(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            events: defaultdict[int, list[ChatStreamMessage]] = defaultdict(list)
            for conversation_id, user_id in due:
                event = self._event(conversation_id, user_id)
                if event.is_typing == self._service.is_typing_here(conversation_id, user_id):
                    events[conversation_id].append(event)
                else:
                    await self._leave_it_to_others(event)
            for conversation_id, batch in events.items():
                await publish(conversation_group(conversation_id), *batch, origin=self._origin)

    async def _leave_it_to_others(self, event: ChatStreamMessage) -> None:
        """They type on in another process only: it shall know that its word alone counts."""
        assert event.conversation_id is not None, "who types does so in a conversation"
        stop = msgspec.structs.replace(event, is_typing=False, activity=None)
        await whisper(conversation_group(event.conversation_id), stop, origin=self._origin)

    def _event(self, conversation_id: int, user_id: int) -> ChatStreamMessage:
        return typing_event(
            conversation_id=conversation_id,
            sender_id=user_id,
            sender_name=self._names.get((conversation_id, user_id), ""),
            activity=self._service.activity_of(conversation_id, user_id),
        )

    def _observe(self, event: Event, origin: str | None) -> None:
        match event.get("type"):
            case "typing":
                self._heard(event, origin)
            case "message" if is_new_message(event):
                # Sent through another process, which may not have known that they type here.
                key = event["conversationId"], event["senderId"]
                if self._service.ended(*key):
                    self._changed(*key, False)
            case "person":
                for conversation_id in self._service.get_conversations(event["senderId"]):
                    self._names[conversation_id, event["senderId"]] = event["senderName"]
            case _:
                pass  # nothing about typing

    def _heard(self, event: Event, origin: str | None) -> None:
        key = event["conversationId"], event["senderId"]
        is_typing = bool(event["isTyping"])
        if origin == self._origin:
            if is_typing:
                self._service.echoed(*key)
        elif origin is None and not is_typing:
            self._service.ended(*key)
        else:
            if is_typing:
                self._names[key] = event.get("senderName", "")
            self._service.observed(*key, _activity_of(event))
        if not self._service.is_user_typing(*key):
            self._names.pop(key, None)

    def _welcome(self, group: str) -> None:
        """Another process has come to the group, and knows of nobody who types here."""
        conversation_id = conversation_of(group)
        if conversation_id is None:
            return
        for user_id in self._service.get_typing_here(conversation_id):
            self._changed(conversation_id, user_id, True)


def _activity_of(event: Event) -> Activity | None:
    if not event["isTyping"]:
        return None
    # A later release may know of others.
    activity = event.get("activity", Activity.TEXT)
    return Activity(activity) if activity in set(Activity) else Activity.TEXT


_typists: WeakKeyDictionary[asyncio.AbstractEventLoop, Typists] = WeakKeyDictionary()


def get_typists() -> Typists:
    """The typists of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _typists:
        _typists[loop] = Typists(get_fanout())
    return _typists[loop]
