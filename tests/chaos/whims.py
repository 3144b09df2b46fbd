"""What comes to a client's mind."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING

from tests.chaos.diary import Draft
from tests.chaos.view import Room
from tests.sites import Closed

if TYPE_CHECKING:
    from tests.chaos.client import Client

EMOJI = ("👍", "🎉", "❤️")
STATUSES = ("online", "online", "away", "busy", "offline")

PATIENT_DRAFTS = 3
"""Unanswered messages of a conversation after which a client writes no more."""


class Whims:
    """Chooses at random what a client does next."""

    def __init__(self, client: Client, rng: random.Random, newcomers: list[int]) -> None:
        """``newcomers`` are the ids of the people that it may want to add or remove."""
        self._client = client
        self._rng = rng
        self._newcomers = newcomers
        self._numbers = itertools.count(1)

    async def does_something(self) -> None:
        """One thing, if there is a conversation to do it in."""
        if not self._client.view.rooms:
            return
        conversation_id, room = self._rng.choice(list(self._client.view.rooms.items()))
        doings = {
            self._writes: 40,
            self._writes_again: 6,
            self._edits: 8,
            self._deletes: 3,
            self._reacts: 25,
            self._marks: 12,
            self._marks_unread: 5,
            self._seems: 3,
            self._moves_people: 3,
            self._breaks_off: 2,
        }
        do = self._rng.choices(list(doings), list(doings.values()))[0]
        await do(conversation_id, room)

    async def _writes(self, conversation_id: int, room: Room) -> None:
        if len(self._client.outbox.get(conversation_id, ())) > PATIENT_DRAFTS:
            return
        client_id = f"{self._client.name}-{next(self._numbers)}"
        content = f"{client_id} {'x' * self._rng.randrange(40)}"
        self._client.diary.contents[conversation_id, client_id] = content
        draft = Draft(conversation_id, client_id, content)
        self._client.outbox.setdefault(conversation_id, []).append(draft)

    async def _writes_again(self, conversation_id: int, room: Room) -> None:
        """Of what is long acknowledged it does not know so any more."""
        mine = [key for key in self._client.diary.acknowledged if key[0] == conversation_id]
        if mine:
            key = self._rng.choice(mine)
            await self._client.sends(Draft(*key, self._client.diary.contents[key]))

    async def _edits(self, conversation_id: int, room: Room) -> None:
        target = self._own(room)
        if target is not None:
            content = f"edited by {self._client.name}, {next(self._numbers)}"
            await self._client.says(
                type="message", conversationId=conversation_id, messageId=target, content=content
            )

    async def _deletes(self, conversation_id: int, room: Room) -> None:
        target = self._own(room)
        if target is not None:
            await self._client.says(
                type="message", conversationId=conversation_id, messageId=target, isDeleted=True
            )

    async def _reacts(self, conversation_id: int, room: Room) -> None:
        target = self._any(room)
        if target is not None:
            await self._client.says(
                type="reaction",
                conversationId=conversation_id,
                messageId=target,
                content=self._rng.choice(EMOJI),
                messageType=self._rng.choice(("add", "remove")),
            )

    async def _marks(self, conversation_id: int, room: Room) -> None:
        target = self._any(room)
        if target is not None:
            kind = self._rng.choice(("read", "delivered"))
            await self._client.says(type=kind, conversationId=conversation_id, messageId=target)

    async def _marks_unread(self, conversation_id: int, room: Room) -> None:
        target = self._any(room)
        if target is not None:
            await self._client.says(type="unread", conversationId=conversation_id, messageId=target)

    async def _seems(self, conversation_id: int, room: Room) -> None:
        """Be idle or not, or choose how to appear."""
        if self._rng.random() < 0.6:
            await self._client.says(type="presence", isIdle=self._rng.random() < 0.5)
        else:
            await self._client.says(type="presence", presenceStatus=self._rng.choice(STATUSES))

    async def _moves_people(self, conversation_id: int, room: Room) -> None:
        """Who is no admin is refused, but may leave."""
        person = self._rng.choice(self._newcomers)
        path = f"/api/conversations/{conversation_id}/participants/"
        if self._rng.random() < 0.6:
            asked = self._client.lookups.requests("POST", path, {"userId": person})
        else:
            asked = self._client.lookups.requests("DELETE", f"{path}{person}/")
        task = asyncio.ensure_future(asked)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _breaks_off(self, conversation_id: int, room: Room) -> None:
        raise Closed(1006)

    def _own(self, room: Room) -> int | None:
        mine = [s for s in room.messages.values() if s.sender_id == self._client.account.user_id]
        return self._rng.choice(mine).message_id if mine else None

    def _any(self, room: Room) -> int | None:
        some = list(room.messages.values())[-20:]
        return self._rng.choice(some).message_id if some else None
