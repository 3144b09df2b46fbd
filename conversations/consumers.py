"""The chat's stream: frames to services, and nothing else."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, assert_never

from msgspec import UNSET

from chatsite.realtime import clock
from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.consumers import StreamConsumer
from chatsite.realtime.controls import (
    EventsLost,
    HistoryChanged,
    Joined,
    Left,
    PersonControl,
    PrivacyChanged,
    Renamed,
    Resized,
    RoomControl,
    StatusChosen,
)
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.fanout import get_fanout
from chatsite.realtime.groups import user_group
from chatsite.realtime.patience import in_turn
from chatsite.realtime.wire import ChatStreamMessage, PresenceStatus
from conversations import marking, services
from conversations.appearance import Appearance
from conversations.catchups import Catchups
from conversations.cursors import Ask, Cursor, asks_of
from conversations.handshake import Handshake, parse_handshake
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
from conversations.resync import Resync
from conversations.rooms import Rooms, get_registry
from conversations.sending import Outgoing
from conversations.stateview import StateView
from conversations.typists import get_typists
from presence import services as presence_services
from presence.keeper import get_keeper
from presence.policy import Choice, Privacy
from presence.services import Opening

PRESENCE = "presence"
"""The lane of frames about how the user appears."""


class ChatConsumer(StreamConsumer):
    """One browser tab or client of a signed-in user."""

    connection_id: uuid.UUID
    is_registered = False
    """Whether presence knows of this connection."""
    _last_of_idle: PresenceFrame | None = None
    """The last frame that said whether the device is idle."""
    _marks: Marks | None = None
    """``None`` before the first."""

    @property
    def marks(self) -> Marks:
        """What the client has marked."""
        if self._marks is None:
            self._marks = Marks(self.socket, self.lanes)
        return self._marks

    async def opened(self) -> None:
        """Subscribe, then snapshot: in the other order events in between would be lost."""
        self._prepare()
        handshake = parse_handshake(self.scope)
        await get_fanout().join(self.socket, [user_group(self.user_id)])
        await self._view.enter_first()
        user = None if self.socket.closed else await self.standing.signed_in()
        if user is not None and not self.socket.closed:
            # What was told meanwhile is newer, or the same.
            self._appearance.name = self._appearance.name or name_of(user)
            self._view.people = handshake.people
            await self._register(handshake)
        if self.is_registered and not self.socket.closed:
            shown = await self._resync.open()
            if shown is not None:
                states = shown.ready.conversations or ()
                self._catchups.resume(asks_of(handshake.resume, states))

    def _prepare(self) -> None:
        """Make what lives as long as the connection, and what its process has one of."""
        self.connection_id = uuid.uuid4()
        self.rooms = Rooms(self.socket, self.connection_id)
        self._appearance = Appearance(self.socket, self.connection_id)
        self._view = StateView(
            self.socket, self.rooms, self._appearance, signed_in=self.standing.signed_in
        )
        self._resync = Resync(self._view)
        self._catchups = Catchups(self.socket, was_left=self.rooms.was_left)
        get_registry().add(self.rooms)
        get_typists()
        get_own_presences()
        get_people_keeper().add(self)

    def frame(self, text: str) -> None:
        """Do what the frame asks, or put it in its lane."""
        match decode(text):
            case TypingFrame() as frame:
                self._typing(frame)
            case PresenceFrame() as frame:
                self._presence(frame, text)
            case ReadFrame() | DeliveredFrame() as frame:
                self.marks.add(frame, text)
            case MessageFrame() as frame:
                self._message(frame, text)
            case ReactionFrame() as frame:
                self.later(frame.conversation_id, partial(self._react, frame), text)
            case UnreadFrame() as frame:
                self.later(marking.LANE, partial(self.marks.mark_unread, frame), text)
            case frame:
                assert_never(frame)

    def echo(self, text: str) -> dict[str, Any]:
        """What the frame named, if that can be read."""
        return echo_of(text)

    async def closed(self) -> None:
        """End what was typed here, and let presence begin its grace."""
        get_typists().disconnected(self.user_id, self.connection_id)
        get_people_keeper().remove(self)
        self._appearance.close()
        self._catchups.stop()
        self._resync.close()
        if self._marks is not None:
            await self._marks.drain()
        if self.is_registered:
            get_own_presences().forget(self.user_id)
            await get_keeper().close(self.connection_id, user_id=self.user_id)

    async def obey(self, control: RoomControl | PersonControl | EventsLost) -> None:
        """A change of the user's conversations or status, from whatever process."""
        match control:
            case Joined() | Left() | Resized() | HistoryChanged():
                if await self.rooms.obey(control):
                    self._resync.left()
            case StatusChosen():
                self._resync.changed()
                self._appearance.choose(Choice(status=control.status, until=control.until))
            case PrivacyChanged():
                self._resync.restricted()
                self._restrict(
                    Privacy(
                        shows_presence=control.shows_presence,
                        shows_typing=control.shows_typing,
                        shows_receipts=control.shows_receipts,
                    )
                )
            case Renamed():
                self._appearance.name = control.name
            case EventsLost():
                self._resync.lost()
            case never:
                assert_never(never)

    async def _register(self, handshake: Handshake) -> None:
        keeper = get_keeper()
        keeper.ensure_started()
        opening = Opening(
            user_id=self.user_id,
            connection_id=self.connection_id,
            process=keeper.process,
            device_info=handshake.device,
            is_idle=handshake.is_idle,
        )
        if not await keeper.open(opening, holder=self):
            self.socket.close(CloseCode.TOO_MANY)
            return
        self.is_registered = True

    def _restrict(self, privacy: Privacy) -> None:
        self._appearance.restrict(privacy)
        if not privacy.shows_presence:
            get_keeper().grace_soon()

    def _message(self, frame: MessageFrame, text: str) -> None:
        if frame.is_catchup:
            self._catch_up(frame)
        elif frame.is_change:
            self.later(frame.conversation_id, partial(self._change, frame), text)
        else:
            self._say(draft_of(frame), text)

    def _say(self, draft: Draft, text: str) -> None:
        outgoing = Outgoing(draft, sender_id=self.user_id, appearance=self._appearance)
        try:
            self.later(outgoing.conversation_id, partial(self._send_message, outgoing), text)
        except Refused:
            outgoing.cancel()
            raise

    async def _send_message(self, outgoing: Outgoing) -> None:
        repeated = await outgoing.send()
        if repeated is not None:
            self._answer(outgoing.conversation_id, repeated)

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
                self.user_id,
                services.delete_message,
                conversation_id=frame.conversation_id,
                message_id=frame.message_id,
                user_id=self.user_id,
                now=clock.now(),
            )
        else:
            changed = await in_turn(
                place,
                self.user_id,
                services.edit_message,
                user_id=self.user_id,
                edit=edit_of(frame),
                now=clock.now(),
            )
        if not changed.is_new:
            self._answer(frame.conversation_id, changed.message)

    def _typing(self, frame: TypingFrame) -> None:
        """In memory alone: membership follows every change live, through ``user.<id>``."""
        if frame.conversation_id not in self.rooms.sizes:
            raise Refused(ErrorCode.NOT_A_PARTICIPANT)
        typists = get_typists()
        if not frame.is_typing:
            typists.stopped(frame.conversation_id, self.user_id, self.connection_id)
        elif self._appearance.shows_typing and self.rooms.has_typing(frame.conversation_id):
            typists.typing(frame, self.user_id, self._appearance.name, self.connection_id)

    async def _react(self, frame: ReactionFrame) -> None:
        reacted = await in_turn(
            ("conversation", frame.conversation_id),
            self.user_id,
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
        self.later(PRESENCE, partial(self._change_presence, frame, choice), text)
        if frame.is_idle is not UNSET:
            self._last_of_idle = frame
        if choice is not None:
            # At once: what is typed from now on may be seen or not, as they chose.
            self._appearance.choose(choice)

    async def _change_presence(self, frame: PresenceFrame, choice: Choice | None) -> None:
        # Of the frames that wait, only the last says whether the device is idle by now.
        if frame.is_idle is not UNSET and frame is self._last_of_idle:
            await get_keeper().set_idle(
                self.connection_id, user_id=self.user_id, is_idle=frame.is_idle
            )
        if choice is None:
            return
        if not self._appearance.shows_typing:
            # At once, as it ends when somebody leaves. Others see them go after the grace.
            await get_typists().end(self.user_id)
        await in_turn(
            ("person", self.user_id),
            self.user_id,
            presence_services.choose_status,
            user_id=self.user_id,
            status=choice.status,
            until=choice.until,
            now=clock.now(),
        )
        if choice.status is PresenceStatus.OFFLINE:
            get_keeper().grace_soon()
