"""The chat's stream: frames to services, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, assert_never
from urllib.parse import parse_qs

from django.db import Error as DatabaseError
from msgspec import UNSET, UnsetType, convert

from chatsite.realtime import clock, layers
from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.consumers import StreamConsumer
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.fanout import get_fanout
from chatsite.realtime.groups import user_group
from chatsite.realtime.lanes import Job
from chatsite.realtime.locklanes import gathered_in_lanes
from chatsite.realtime.outages import outages
from chatsite.realtime.patience import in_turn
from chatsite.realtime.wire import ChatStreamMessage, ConversationState, PresenceStatus
from conversations import connecting, services
from conversations.catchups import Catchups
from conversations.cursors import Ask, Cursor, asks_of, parse_resume
from conversations.heartbeats import get_own_presences
from conversations.inbound import (
    DeliveredFrame,
    Draft,
    MessageFrame,
    PresenceFrame,
    ReactionFrame,
    ReadFrame,
    TypingFrame,
    UnreadFrame,
    choice_of,
    decode,
    draft_of,
    echo_of,
    edit_of,
)
from conversations.marking import Marks
from conversations.outbound import name_of
from conversations.peoplekeeper import get_people_keeper
from conversations.rooms import Rooms, get_registry
from conversations.typists import get_typists
from presence import services as presence_services
from presence.alarms import Alarm
from presence.keeper import get_keeper
from presence.policy import Choice, Privacy
from presence.services import Opening

logger = logging.getLogger(__name__)

DEVICE_LIMIT = 200

MARKS, PRESENCE = "marks", "presence"
"""The lanes beside those of the conversations."""

VERIFY_DELAY = 2.0
"""Seconds from hearing that the user left a conversation to looking whether it is so."""


send_message: Callable[[services.Sending], Awaitable[services.Sent | Refused]] = gathered_in_lanes(
    services.send_messages,
    key=lambda sending: ("conversation", sending.draft.conversation_id),
    limit=services.BATCH_SIZE,
)
"""Send one, along with all that are sent at the moment: what came of it."""


class ChatConsumer(StreamConsumer):
    """One browser tab or client of a signed-in user."""

    connection_id: uuid.UUID
    is_registered = False
    """Whether presence knows of this connection."""
    choice = Choice()
    privacy = Privacy()
    _is_reading = True
    """Whether a snapshot is being read. What changes meanwhile it may not know."""
    _is_outdated = False
    """Whether the state must be read once more."""
    _has_missed = False
    """Whether the layer lost something since the state was last read from the start."""
    _marks: Marks | None = None
    """``None`` before the first."""
    name = ""
    """What the user is called, as others are told when they type."""
    _people: int | None = None
    """The version of people up to which the client knows their names, if it counts them."""
    _renewing: asyncio.Task[None] | None = None
    _verifying: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        """Subscribe, then snapshot: in the other order events in between would be lost."""
        self.connection_id = uuid.uuid4()
        self._alarm = Alarm(get_keeper().choices_are_over, now=clock.now)
        query = parse_qs(self.scope["query_string"].decode("utf-8", "replace"))
        self.rooms = Rooms(self.socket, self.connection_id)
        self._catchups = Catchups(self.socket, was_left=self.rooms.was_left)
        get_registry().add(self.rooms)
        await get_fanout().join(self.socket, [user_group(self.user_id)])
        rooms = await self.rooms.enter(is_open=False)
        get_typists()
        get_own_presences()
        get_people_keeper().add(self)
        user = None if self.socket.closed else await self.standing.signed_in()
        if user is not None and not self.socket.closed:
            # What was told meanwhile is newer, or the same.
            self.name = self.name or name_of(user)
            self._people = connecting.parse_people(query.get("people", [""])[0])
            await self._register(query)
        if self.is_registered and not self.socket.closed:
            shot = await self._snapshot()
            await self._leave_rooms(rooms, shot)
            states = await self._show(shot)
            self._catchups.resume(asks_of(parse_resume(query.get("resume", [""])[0]), states))
            if self._has_missed:
                self._renew_soon()

    def frame(self, text: str) -> None:
        """Do what the frame asks, or put it in its lane."""
        match decode(text):
            case TypingFrame() as frame:
                self._typing(frame)
            case PresenceFrame() as frame:
                self._presence(frame, text)
            case ReadFrame() | DeliveredFrame() as frame:
                self._mark(frame, text)
            case MessageFrame() as frame:
                self._message(frame, text)
            case ReactionFrame() as frame:
                self.later(frame.conversation_id, partial(self._react, frame), text)
            case UnreadFrame() as frame:
                self.later(MARKS, partial(self._mark_unread, frame), text)
            case frame:
                assert_never(frame)

    def echo(self, text: str) -> dict[str, Any]:
        """What the frame named, if that can be read."""
        return echo_of(text)

    async def closed(self) -> None:
        """End what was typed here, and let presence begin its grace."""
        get_typists().disconnected(self.user_id, self.connection_id)
        get_people_keeper().remove(self)
        self._alarm.set(None)
        self._catchups.stop()
        if self._renewing is not None:
            self._renewing.cancel()
        if self._verifying is not None:
            self._verifying.cancel()
        if self._marks is not None:
            await self._marks.drain()
        if self.is_registered:
            get_own_presences().forget(self.user_id)
            await get_keeper().close(self.connection_id)

    async def layer_message(self, message: dict[str, Any]) -> None:
        """A change of the user's conversations or status, from whatever process."""
        match message.get("type"):
            case services.JOINED | services.LEFT | services.PARTICIPANTS | services.HISTORY:
                if await self.rooms.obey(message):
                    self._is_outdated |= self._is_reading
                    self._verify_soon()
            case presence_services.CHOSEN:
                self._is_outdated |= self._is_reading
                self._chose(convert(message, Choice))
            case presence_services.PRIVACY:
                self._is_outdated = True
                self._obey(convert(message, Privacy))
                if not self.privacy.shows_presence:
                    get_keeper().grace_soon()
                self._renew_soon()
            case services.RENAMED:
                self.name = message["name"]
            case layers.LOST:
                self._has_missed = True
                self._renew_soon()
            case _:
                pass  # of another kind

    async def _register(self, query: dict[str, list[str]]) -> None:
        keeper = get_keeper()
        keeper.ensure_started()
        opening = Opening(
            user_id=self.user_id,
            connection_id=self.connection_id,
            process=keeper.process,
            device_info=self._device(query),
            is_idle=query.get("idle") == ["true"],
        )
        if not await keeper.open(opening, end=self.kick):
            self.socket.close(CloseCode.TOO_MANY)
            return
        self.is_registered = True

    async def _snapshot(self) -> connecting.Snapshot:
        asked = connecting.Asked(user_id=self.user_id, people=self._people, now=clock.now())
        return await connecting.snapshot(asked)

    async def _show(self, shot: connecting.Snapshot) -> Sequence[ConversationState]:
        """Send the state, and from then on what changes; what is told of the conversations."""
        while self._is_outdated:
            self._is_outdated = False
            shot = await self._snapshot()
        self._is_reading = False
        get_own_presences().learn(shot.own)
        if self._people is not None:
            self._people = shot.ready.people_version
        self._chose(shot.choice)
        self._obey(shot.privacy)
        typing: list[ChatStreamMessage] = []
        if self.socket.sees_typing:
            rooms = set(filter(self.rooms.has_typing, self.rooms.sizes))
            typing = get_typists().snapshot(rooms, but=self.user_id)
        shot = shot.without(self.rooms.left)
        self.socket.release(connecting.frames_of(shot, typing, now=clock.now()))
        return shot.ready.conversations or ()

    def _renew_soon(self) -> None:
        """In a task of its own: the fan-out must not wait for the database."""
        if not (self._is_reading or self.socket.closed):
            self._is_reading = True
            self._renewing = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        """Let the client start anew from what it may see now. Anything may have been missed: to
        be signed out, let in or removed too."""
        self.socket.hold()
        self._is_outdated = self._has_missed = False
        try:
            user = await self.standing.signed_in()
            if user is None:
                return
            self.name = name_of(user)
            rooms = await self.rooms.enter(is_open=True)
            shot = await self._snapshot()
            await self._leave_rooms(rooms, shot)
            await self._show(shot)
        except DatabaseError as error:
            outages.report(error, "the state of a connection could not be read")
            self.socket.close(CloseCode.UNAVAILABLE)
        if self._has_missed:
            self._renew_soon()

    async def _leave_rooms(self, rooms: set[int], shot: connecting.Snapshot) -> None:
        """Who was removed after ``rooms`` were read may have joined after that was told."""
        current = {state.conversation_id for state in shot.ready.conversations or ()}
        await self.rooms.leave_all(rooms - current)

    def _verify_soon(self) -> None:
        """Look whether it is true: it is told a moment before it is, and may fail to be."""
        self._verifying = asyncio.ensure_future(self._verify())

    async def _verify(self) -> None:
        await asyncio.sleep(VERIFY_DELAY)
        try:
            if not self.socket.closed and await self.rooms.reinstate():
                self._renew_soon()
        except DatabaseError as error:
            outages.report(error, "a removal could not be verified")
            self.socket.close(CloseCode.UNAVAILABLE)

    def _device(self, query: dict[str, list[str]]) -> str:
        named = query.get("device", [""])[0]
        headers = dict(self.scope["headers"])
        agent: str = headers.get(b"user-agent", b"").decode("latin-1")
        return (named or agent).replace("\0", "")[:DEVICE_LIMIT]

    def _message(self, frame: MessageFrame, text: str) -> None:
        if frame.is_catchup:
            self._catch_up(frame)
        elif frame.is_change:
            self.later(frame.conversation_id, partial(self._change, frame), text)
        else:
            self._say(draft_of(frame), text)

    def _say(self, draft: Draft, text: str) -> None:
        """Send a message. What was typed before ends now: what is typed while it waits is new."""
        was_typing = get_typists().take(draft.conversation_id, self.user_id)
        try:
            send = partial(self._send_message, draft, was_typing=was_typing)
            self.later(draft.conversation_id, send, text)
        except Refused:
            self._stop_typing(draft.conversation_id, was_typing=was_typing)
            raise

    async def _send_message(self, draft: Draft, *, was_typing: bool) -> None:
        try:
            sent = await send_message(
                services.Sending(
                    sender_id=self.user_id,
                    draft=draft,
                    ends_typing=was_typing and self._shows_typing(),
                    now=clock.now(),
                )
            )
            if isinstance(sent, Refused):
                raise sent
        except (Refused, DatabaseError):
            self._stop_typing(draft.conversation_id, was_typing=was_typing)
            raise
        if not sent.is_new:
            self._stop_typing(draft.conversation_id, was_typing=was_typing)
            self._answer(draft.conversation_id, sent.message)

    def _stop_typing(self, conversation_id: int, *, was_typing: bool) -> None:
        """Tell that the typing ended, which no new message tells."""
        if was_typing:
            get_typists().announce_stop(conversation_id, self.user_id)

    def _catch_up(self, frame: MessageFrame) -> None:
        if frame.sequence is UNSET:
            raise Refused(ErrorCode.INVALID_FRAME, "A catch-up needs a sequence.")
        revision = None if frame.revision is UNSET else frame.revision
        self._catchups.ask(Ask(frame.conversation_id, Cursor(frame.sequence, revision)))

    def _answer(self, conversation_id: int, message: ChatStreamMessage) -> None:
        """Give what was read, unless the user was removed since."""
        if self.rooms.was_left(conversation_id):
            raise Refused(ErrorCode.NOT_A_PARTICIPANT)
        self.socket.post(message)

    async def _change(self, frame: MessageFrame) -> None:
        assert frame.message_id is not UNSET, "a change is one of a message"
        place = ("conversation", frame.conversation_id)
        if frame.is_deleted:
            changed = await in_turn(
                place,
                services.delete_message,
                conversation_id=frame.conversation_id,
                message_id=frame.message_id,
                user_id=self.user_id,
                now=clock.now(),
            )
        else:
            changed = await in_turn(
                place,
                services.edit_message,
                user_id=self.user_id,
                edit=edit_of(frame),
                now=clock.now(),
            )
        if not changed.is_new:
            self._answer(frame.conversation_id, changed.message)

    def _mark(self, frame: ReadFrame | DeliveredFrame, text: str) -> None:
        if self.lanes.is_busy(MARKS):
            # An ``unread`` that came before must not be written after.
            self.lanes.put(Job(MARKS, partial(self._mark_behind, frame), text))
        else:
            self._add_marks(frame)

    def _add_marks(self, frame: ReadFrame | DeliveredFrame) -> None:
        if self._marks is None:
            self._marks = Marks(self.socket)
        self._marks.add(frame)

    async def _mark_behind(self, frame: ReadFrame | DeliveredFrame) -> None:
        self._add_marks(frame)

    async def _mark_unread(self, frame: UnreadFrame) -> None:
        if self._marks is not None:
            # What was read before would otherwise be written after, and end the mark.
            await self._marks.settle()
        await in_turn(
            ("conversation", frame.conversation_id),
            services.mark_unread,
            conversation_id=frame.conversation_id,
            message_id=None if frame.message_id is UNSET else frame.message_id,
            user_id=self.user_id,
            now=clock.now(),
        )

    def _typing(self, frame: TypingFrame) -> None:
        """In memory alone: membership follows every change live, through ``user.<id>``."""
        if frame.conversation_id not in self.rooms.sizes:
            raise Refused(ErrorCode.NOT_A_PARTICIPANT)
        typists = get_typists()
        if not frame.is_typing:
            typists.stopped(frame.conversation_id, self.user_id, self.connection_id)
        elif self._shows_typing() and self.rooms.has_typing(frame.conversation_id):
            typists.typing(frame.conversation_id, self.user_id, self.name, self.connection_id)

    async def _react(self, frame: ReactionFrame) -> None:
        reacted = await in_turn(
            ("conversation", frame.conversation_id),
            services.react,
            conversation_id=frame.conversation_id,
            message_id=frame.message_id,
            user_id=self.user_id,
            emoji=frame.content,
            action=frame.message_type,
            now=clock.now(),
        )
        if not reacted.is_new:
            self._answer(frame.conversation_id, reacted.message)

    def _presence(self, frame: PresenceFrame, text: str) -> None:
        now = clock.now()
        choice = choice_of(frame, now=now)
        if frame.is_idle is UNSET and choice is None:
            self.socket.post(get_own_presences().answer(self.user_id, now=now))
            return
        change = partial(self._change_presence, choice, is_idle=frame.is_idle)
        self.later(PRESENCE, change, text)
        if choice is not None:
            # At once: what is typed from now on may be seen or not, as they chose.
            self._chose(choice)

    async def _change_presence(self, choice: Choice | None, *, is_idle: bool | UnsetType) -> None:
        if is_idle is not UNSET:
            await get_keeper().set_idle(self.connection_id, is_idle=is_idle)
        if choice is None:
            return
        if not self._shows_typing():
            # At once, as it ends when somebody leaves. Others see them go after the grace.
            await get_typists().end(self.user_id)
        await in_turn(
            ("person", self.user_id),
            presence_services.choose_status,
            user_id=self.user_id,
            status=choice.status,
            until=choice.until,
            now=clock.now(),
        )
        if choice.status is PresenceStatus.OFFLINE:
            get_keeper().grace_soon()

    def _chose(self, choice: Choice) -> None:
        self.choice = choice
        self._alarm.set(choice.until)
        if not self._shows_typing():
            get_typists().disconnected(self.user_id, self.connection_id)

    def _obey(self, privacy: Privacy) -> None:
        """Show no more than this, and see no more."""
        self.privacy = privacy
        self.socket.sees_presence = privacy.shows_presence
        self.socket.sees_typing = privacy.shows_typing
        self.socket.sees_receipts = privacy.shows_receipts
        if not self._shows_typing():
            get_typists().disconnected(self.user_id, self.connection_id)

    def _shows_typing(self) -> bool:
        return self.privacy.shows_typing and self.choice.status is not PresenceStatus.OFFLINE
