"""A message on its way from a connection to the database, and the typing that ends with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.db import Error as DatabaseError

from chatsite.realtime import clock
from chatsite.realtime.errors import Refused
from chatsite.realtime.locklanes import gathered_in_lanes
from chatsite.realtime.wire import ChatStreamMessage
from conversations import services
from conversations.appearance import Appearance
from conversations.inbound import Draft
from conversations.typists import get_typists

send_message: Callable[[services.Sending], Awaitable[services.Sent | Refused]] = gathered_in_lanes(
    services.send_messages,
    key=lambda sending: ("conversation", sending.draft.conversation_id),
    limit=services.BATCH_SIZE,
)
"""Send one, along with all that are sent at the moment: what came of it."""


class Outgoing:
    """One message. What was typed before it ends now; what is typed while it waits is new."""

    def __init__(self, draft: Draft, *, sender_id: int, appearance: Appearance) -> None:
        self._draft = draft
        self._sender_id = sender_id
        self._appearance = appearance
        self._was_typing = get_typists().take(draft.conversation_id, sender_id)

    @property
    def conversation_id(self) -> int:
        """Where it goes."""
        return self._draft.conversation_id

    async def send(self) -> ChatStreamMessage | None:
        """Store and publish it. Returns the stored message if it was sent before, and else nothing.

        Raises ``Refused`` and ``DatabaseError``."""
        try:
            sent = await self._send()
        except (Refused, DatabaseError):
            self.cancel()
            raise
        if sent.is_new:
            return None
        self.cancel()
        return sent.message

    def cancel(self) -> None:
        """Announce that the typing ended, as no new message does so."""
        if self._was_typing:
            get_typists().announce_stop(self.conversation_id, self._sender_id)

    async def _send(self) -> services.Sent:
        sending = services.Sending(
            sender_id=self._sender_id,
            draft=self._draft,
            ends_typing=self._was_typing and self._appearance.shows_typing,
            now=clock.now(),
        )
        sent = await send_message(sending)
        if isinstance(sent, Refused):
            raise sent
        return sent
