"""Sending messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from django.db import transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.groups import conversation_group
from chatsite.realtime.idset import id_set
from chatsite.realtime.locks import Held, may_wait
from chatsite.realtime.outages import Cause, outages
from chatsite.realtime.rowset import update_rows
from chatsite.realtime.wire import ChatStreamMessage
from conversations.history import messages_visible
from conversations.inbound import Draft
from conversations.models import Conversation, Media, Message, Participant
from conversations.outbound import message_event, repeated_event, typing_event
from conversations.policy import digest_of, media_id_of
from conversations.services.telling import shows_receipts, tell_all

BATCH_SIZE = 100
"""Messages in one transaction."""

Key = tuple[int, int, str]
"""Conversation, sender, and the id that the client chose."""


class Sent(msgspec.Struct, frozen=True):
    """The outcome of sending a message."""

    message: ChatStreamMessage
    is_new: bool
    """False: it was stored before, and the answer goes to the asking connection only."""


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be sent."""

    sender_id: int
    draft: Draft
    ends_typing: bool
    """Others see the sender typing, so the frame first says that this is over."""
    now: datetime

    @property
    def key(self) -> Key:
        """Identifies the message, however often it is sent."""
        return self.draft.conversation_id, self.sender_id, self.draft.client_message_id


def send_message(*, sender_id: int, draft: Draft, ends_typing: bool, now: datetime) -> Sent:
    """``send_messages`` for one message. Raises ``Refused``."""
    sending = Sending(sender_id=sender_id, draft=draft, ends_typing=ends_typing, now=now)
    [outcome] = send_messages([sending])
    if isinstance(outcome, Refused):
        raise outcome
    assert not isinstance(outcome, Held), "who sends one message waits for its conversation"
    return outcome


def send_messages(sendings: Sequence[Sending]) -> list[Sent | Refused | Held]:
    """Store the messages under the next sequences of their conversations, in one transaction, and
    announce them to all participants. Returns the outcome of each.

    A message that is refused does not affect the others. If this work may not wait, neither does
    one that needs a row which is locked elsewhere: its outcome is ``Held``."""
    with transaction.atomic():
        batch = _Batch(sendings)
        taken = [batch.take(sending) for sending in sendings]
        batch.store()
    if any(isinstance(one, _Taken) and one.is_new for one in taken):
        outages.ends(Cause.FULL, Cause.READ_ONLY)
    # With their ids, which they have only now.
    outcomes = [one.outcome() if isinstance(one, _Taken) else one for one in taken]
    news: defaultdict[str, list[ChatStreamMessage]] = defaultdict(list)
    for one, outcome in zip(taken, outcomes, strict=True):
        if isinstance(one, _Taken) and isinstance(outcome, Sent):
            for group, event in one.news(outcome):
                news[group].append(event)
    tell_all(list(news.items()))
    return outcomes


class _Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is stored now, or was before."""

    sending: Sending
    message: Message
    is_new: bool

    def outcome(self) -> Sent:
        event = message_event if self.is_new else repeated_event
        return Sent(event(self.message), is_new=self.is_new)

    def news(self, sent: Sent) -> Iterator[tuple[str, ChatStreamMessage]]:
        """The events to announce, each with its group, in order."""
        if not self.is_new:
            return
        group = conversation_group(self.message.conversation_id)
        if self.sending.ends_typing:
            yield group, _typing_stopped(sent.message)
        yield group, sent.message


class _Batch:
    """The rows that a batch of messages reads, and those that it writes.

    The rows of the conversations are locked, which orders their messages: sequences have no gap,
    and rise in the order of commits.
    """

    def __init__(self, sendings: Sequence[Sending]) -> None:
        self._places, self._held = _hold_places(sendings)
        self._stored = self._read_stored(sendings)
        self._new: list[Message] = []
        self._rising: defaultdict[tuple[str, ...], list[Participant]] = defaultdict(list)
        """The senders, by which of their marks rise."""

    def take(self, sending: Sending) -> _Taken | Refused | Held:
        """The message as it will be stored, or was before; or why it can't be."""
        named = sending.draft.conversation_id, sending.sender_id
        place = self._places.get(named)
        if place is None:
            return Held.HELD if named in self._held else Refused(ErrorCode.NOT_A_PARTICIPANT)
        stored = self._stored.get(sending.key)
        try:
            if stored is not None:
                _require_same(stored, sending.draft)
                return _Taken(sending=sending, message=stored, is_new=False)
            message = self._append(place, sending)
            if message is Held.HELD:
                return Held.HELD
        except Refused as refused:
            return refused
        shows = shows_receipts(place.user, now=sending.now)
        self._rising[place.pass_over(message.sequence, shows=shows)].append(place)
        return _Taken(sending=sending, message=message, is_new=True)

    def store(self) -> None:
        """Write what is new, with one statement for each kind of row."""
        if not self._new:
            return
        Message.objects.bulk_create(self._new)
        conversations = {message.conversation_id: message.conversation for message in self._new}
        update_rows(list(conversations.values()), ("sequence", "active_at"))
        # Other marks may rise meanwhile, without a lock that is held here. These do not: nothing is
        # above them but messages that nobody has seen.
        for marks, places in self._rising.items():
            if marks:
                update_rows(list(dict.fromkeys(places)), marks)

    def _read_stored(self, sendings: Sequence[Sending]) -> dict[Key, Message]:
        found = Message.objects.filter(
            conversation_id__in=id_set({conversation_id for conversation_id, _ in self._places}),
            sender_id__in=id_set({sender_id for _, sender_id in self._places}),
            client_message_id__in={sending.draft.client_message_id for sending in sendings},
        )
        # There is hardly ever one, and to ask for its id alone costs half as much.
        ids = list(found.values_list("pk", flat=True))
        rows = Message.objects.select_related("sender", "media").filter(pk__in=ids) if ids else ()
        return {
            (row.conversation_id, row.sender_id or 0, row.client_message_id): row for row in rows
        }

    def _append(self, place: Participant, sending: Sending) -> Message | Literal[Held.HELD]:
        draft, conversation = sending.draft, place.conversation
        reply_to = draft.reply_to_message_id
        # One that was deleted meanwhile may be answered: to refuse that would lose what was
        # written.
        if reply_to is not None and not messages_visible(place).filter(pk=reply_to).exists():
            raise Refused(ErrorCode.INVALID_REPLY)
        media = _media_of(draft, sender_id=place.user_id)
        if media is Held.HELD:
            return Held.HELD
        conversation.sequence += 1
        conversation.active_at = sending.now
        message = Message(
            conversation=conversation,
            sequence=conversation.sequence,
            sender=place.user,
            client_message_id=draft.client_message_id,
            content=draft.content,
            message_type=draft.message_type if media is None else media.kind,
            reply_to_id=reply_to,
            media=media,
            created_at=sending.now,
        )
        self._new.append(message)
        self._stored[sending.key] = message
        return message


def _hold_places(
    sendings: Sequence[Sending],
) -> tuple[dict[tuple[int, int], Participant], set[tuple[int, int]]]:
    """The senders' places, with the people and the conversations; and those that were passed over,
    since somebody else has locked them or their conversations.

    The conversations are locked first: who was removed while that was waited for is out. And in
    one order for all, so that none wait in a circle."""
    asked = {(sending.draft.conversation_id, sending.sender_id) for sending in sendings}
    passes_over = not may_wait()
    locked = Conversation.objects.select_for_update(no_key=True, skip_locked=passes_over)
    conversation_ids = id_set({conversation_id for conversation_id, _ in asked})
    found = list(locked.filter(pk__in=conversation_ids).order_by("pk").values_list("pk", flat=True))
    theirs = Participant.objects.filter(user_id__in=id_set({sender_id for _, sender_id in asked}))
    # Their marks rise with what they write, so their rows are locked in any case.
    rows = (
        theirs.filter(conversation_id__in=id_set(found))
        .select_related("conversation", "user__presence")
        .select_for_update(no_key=True, skip_locked=passes_over, of=("self",))
    )
    places = {(row.conversation_id, row.user_id): row for row in rows}
    missing = asked - places.keys()
    passed: set[tuple[int, int]] = set()
    if missing and passes_over:
        there = theirs.filter(conversation_id__in=id_set({pk for pk, _ in missing}))
        passed = missing & set(there.values_list("conversation_id", "user_id"))
    conversations = {place.conversation_id: place.conversation for place in places.values()}
    for place in places.values():
        # One object for each, since it counts for all who write in it.
        place.conversation = conversations[place.conversation_id]
    return places, passed


def _typing_stopped(event: ChatStreamMessage) -> ChatStreamMessage:
    assert event.conversation_id is not None, "a message is in a conversation"
    assert event.sender_id is not None, "who sends is somebody"
    return typing_event(
        conversation_id=event.conversation_id,
        sender_id=event.sender_id,
        sender_name=event.sender_name or "",
        activity=None,
    )


def _require_same(stored: Message, draft: Draft) -> None:
    """Raises ``Refused`` (client_id_reused) for another message under the same client id."""
    if _sent_digest(stored) != digest_of(
        content=draft.content,
        message_type=draft.message_type,
        reply_to=draft.reply_to_message_id,
        media_url=draft.media_url,
    ):
        raise Refused(ErrorCode.CLIENT_ID_REUSED)


def _sent_digest(stored: Message) -> str:
    """Of what was sent, whatever became of it since."""
    return stored.sent_digest or digest_of(
        content=stored.content,
        message_type=stored.message_type,
        reply_to=stored.reply_to_id,
        media_url=stored.media_url,
    )


def _media_of(draft: Draft, *, sender_id: int) -> Media | Literal[Held.HELD] | None:
    """The sender's upload that the message carries, locked, so that no sweep removes it."""
    if not draft.media_url:
        return None
    media_id = media_id_of(draft.media_url)
    if media_id is None:
        raise Refused(ErrorCode.INVALID_MEDIA)
    theirs = Media.objects.filter(uploader_id=sender_id, pk=media_id)
    media = theirs.select_for_update(skip_locked=not may_wait()).first()
    if media is None:
        if not may_wait() and theirs.exists():
            return Held.HELD
        raise Refused(ErrorCode.INVALID_MEDIA)
    # "text" is what a frame says that does not say it.
    if draft.message_type not in ("text", media.kind):
        raise Refused(ErrorCode.INVALID_MEDIA, f"This upload is of the type {media.kind}.")
    return media
