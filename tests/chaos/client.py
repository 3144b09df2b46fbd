"""A client at random: it says what comes to its mind, loses its connection, and comes back."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from tests.chaos.view import Event, Room, View
from tests.chaos.world import Account, World
from tests.sites import NO_TLS, Closed, HandshakeRefused, Wire, connect_to

TOKEN = "c" * 32
EMOJI = ("👍", "🎉", "❤️")
STATUSES = ("online", "online", "away", "busy", "offline")
PATIENCE = 3.0
"""Seconds without an answer after which a client takes its connection for dead."""

PATIENT_DRAFTS = 3
"""Unanswered messages of a conversation after which a client writes no more."""


@dataclass
class Draft:
    """What is to be sent until it is acknowledged or refused."""

    conversation_id: int
    client_id: str
    content: str
    sent_at: float = 0.0


@dataclass
class Diary:
    """What happened to a client, for the judge."""

    heard: list[Event] = field(default_factory=list)
    """All that was about messages, in order; ``connection`` tells on which."""
    acknowledged: dict[tuple[int, str], int] = field(default_factory=dict)
    """(conversation, client id) to the id of the message."""
    refused: set[tuple[int, str]] = field(default_factory=set)
    contents: dict[tuple[int, str], str] = field(default_factory=dict)
    connections: int = 0
    strange: list[str] = field(default_factory=list)
    """What no rule allows."""


class Client:
    """One device of somebody. Its name is part of the ids of what it sends."""

    def __init__(self, world: World, account: Account, name: str, seed: str) -> None:
        self.name = name
        self.account = account
        self.view = View(account.user_id)
        self.diary = Diary()
        self.outbox: dict[int, list[Draft]] = {}
        """By conversation. Of each only the first is under way, so that they stay in order."""
        self.is_quiet = False
        """From now on it only finishes what it began."""
        self._world = world
        self._rng = random.Random(f"{seed}-{name}")
        self._wire: Wire | None = None
        self._numbers = itertools.count(1)
        self._heard_at = 0.0
        self._unsure: set[int] = set()
        """Conversations that may have been left, or entered."""
        self._looking: asyncio.Task[None] | None = None

    @property
    def unrest(self) -> str:
        """What keeps it from having come to rest: it holds all it knows of, and everything of its
        own is answered. Empty: nothing does."""
        reasons = [f"{draft} is unanswered" for drafts in self.outbox.values() for draft in drafts]
        if self._wire is None:
            reasons.append("it is not connected")
        if self._looking is not None and not self._looking.done():
            reasons.append(f"it looks at {self._unsure}")
        reasons += [f"it must ask for {pk} from {room}" for pk, room in self.view.to_ask()]
        return "; ".join(reasons)

    async def lives(self) -> None:
        """Connect, again and again, until cancelled."""
        while True:
            try:
                await self._connects()
                await self._converses()
            except (Closed, HandshakeRefused, WebSocketException, TimeoutError, OSError) as ended:
                if isinstance(ended, Closed) and ended.code == 4401:
                    self.diary.strange.append("signed out")
                    return
            await self._loses()
            await asyncio.sleep(self._rng.uniform(0, 0.5))

    async def _connects(self) -> None:
        number = self._rng.randrange(2)
        server, network = self._world.servers[number], self._world.networks[number]
        path = f"/ws/chat/?{self.view.query()}"
        cookie = {"Cookie": f"sessionid={self.account.session}"}
        async with asyncio.timeout(PATIENCE):
            self._wire = await connect_to(server, path, cookie, port=network.port)
        self.diary.connections += 1
        self._heard_at = _now()

    async def _loses(self) -> None:
        wire, self._wire = self._wire, None
        self.view.disconnected()
        for drafts in self.outbox.values():
            for draft in drafts:
                draft.sent_at = 0.0
        if wire is not None:
            try:
                async with asyncio.timeout(0.5):
                    await wire.close()
            except (TimeoutError, OSError):
                pass

    async def _converses(self) -> None:
        both = [asyncio.create_task(self._listens()), asyncio.create_task(self._acts())]
        try:
            ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            ended.pop().result()
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _listens(self) -> None:
        assert self._wire is not None, "it is connected"
        while True:
            for event in json.loads(await self._wire.receive(PATIENCE)):
                self._hears(event)
            self._heard_at = _now()
            await self._pursues()

    async def _acts(self) -> None:
        """The fence of each round is a heartbeat: an answer, or the line is dead."""
        while True:
            await asyncio.sleep(self._rng.expovariate(12))
            if _now() - self._heard_at > PATIENCE:
                raise Closed(1006)
            await self._pursues()
            await self._says(type="presence")
            if not self.is_quiet:
                await self._does_something()

    async def _pursues(self) -> None:
        """Ask for what is missing, and send what waits."""
        if self.view.must_reconnect:
            raise Closed(1006)
        for conversation_id, room in self.view.to_ask():
            room.asked = (room.sequence, room.revision)
            await self._says(
                type="message",
                conversationId=conversation_id,
                isCatchup=True,
                sequence=room.sequence,
                revision=room.revision,
            )
        for drafts in self.outbox.values():
            if drafts and not drafts[0].sent_at:
                await self._sends(drafts[0])

    def _hears(self, event: Event) -> None:
        match event["type"]:
            case "error":
                self._is_refused(event)
            case "conversation" if not event.get("isCatchup"):
                self._looks_up(event["conversationId"])
            case "ready":
                # It tells nothing of the marks of others.
                for state in event["conversations"]:
                    self._looks_up(state["conversationId"])
            case "message" | "reaction":
                note = {**event, "connection": self.diary.connections}
                self.diary.heard.append(note)
            case _:
                pass
        self.view.hears(event)
        if event["type"] == "message" and event.get("senderId") == self.account.user_id:
            self._is_acknowledged(event)

    def _is_acknowledged(self, event: Event) -> None:
        key = (event["conversationId"], event["clientMessageId"])
        if key not in self.diary.contents:
            return  # of another device
        first = self.diary.acknowledged.setdefault(key, event["messageId"])
        if first != event["messageId"]:
            self.diary.strange.append(f"{key} is two messages: {first}, {event['messageId']}")
        drafts = self.outbox[key[0]]
        self.outbox[key[0]] = [draft for draft in drafts if draft.client_id != key[1]]

    def _is_refused(self, event: Event) -> None:
        conversation_id, code = event.get("conversationId"), event["code"]
        client_id = event.get("clientMessageId")
        if code == "not_a_participant" and conversation_id is not None:
            self._looks_up(conversation_id)
            self.view.is_refused(conversation_id)
            for draft in self.outbox.pop(conversation_id, []):
                self.diary.refused.add((conversation_id, draft.client_id))
            self.outbox[conversation_id] = []
        elif code == "unavailable":
            for draft in self.outbox.get(conversation_id or 0, []):
                draft.sent_at = 0.0
            self.view.is_refused(conversation_id)
        elif client_id is not None:
            self.diary.strange.append(f"refused: {event}")
        elif code not in ("unknown_message", "not_allowed"):
            self.diary.strange.append(f"an error: {event}")

    def _looks_up(self, conversation_id: int) -> None:
        """Whether the conversation is still the client's, and how far it is. One after another,
        so that an older answer can't come after a newer one."""
        self._unsure.add(conversation_id)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._looks())

    async def _looks(self) -> None:
        while self._unsure:
            conversation_id = self._unsure.pop()
            room = self.view.rooms.get(conversation_id)
            since = room.marks.read if room else 0
            answer = await self.requests("GET", f"/api/conversations/{conversation_id}/")
            if answer is not None and answer.status_code == 404:
                self.view.forgets(conversation_id)
            elif answer is not None and answer.status_code == 200:
                self.view.learns(answer.json(), since=since)
                await self._looks_around()
            else:
                self._unsure.add(conversation_id)
                await asyncio.sleep(0.2)

    async def _looks_around(self) -> None:
        """Ask how those appear of whom nothing was told."""
        unknown = self.view.people.keeps(self.view.around())
        if unknown:
            ids = ",".join(map(str, unknown))
            answer = await self.requests("GET", f"/api/presence/?users={ids}")
            if answer is not None and answer.status_code == 200:
                self.view.people.answered(answer.json()["presences"])

    async def requests(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        """The answer of one of the servers, if there is one."""
        server = self._rng.choice(self._world.servers)
        cookies = {"sessionid": self.account.session, "csrftoken": TOKEN}
        try:
            async with httpx.AsyncClient(
                base_url=server.url, cookies=cookies, trust_env=False, verify=NO_TLS, timeout=8
            ) as http:
                headers = {"X-CSRFToken": TOKEN}
                return await http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError:
            return None

    async def _does_something(self) -> None:
        if not self.view.rooms:
            return
        conversation_id, room = self._rng.choice(list(self.view.rooms.items()))
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
        if len(self.outbox.get(conversation_id, ())) > PATIENT_DRAFTS:
            return
        client_id = f"{self.name}-{next(self._numbers)}"
        content = f"{client_id} {'x' * self._rng.randrange(40)}"
        self.diary.contents[conversation_id, client_id] = content
        draft = Draft(conversation_id, client_id, content)
        self.outbox.setdefault(conversation_id, []).append(draft)

    async def _sends(self, draft: Draft) -> None:
        draft.sent_at = _now()
        await self._says(
            type="message",
            conversationId=draft.conversation_id,
            clientMessageId=draft.client_id,
            content=draft.content,
        )

    async def _writes_again(self, conversation_id: int, room: Room) -> None:
        """Of what is long acknowledged it does not know so any more."""
        mine = [key for key in self.diary.acknowledged if key[0] == conversation_id]
        if mine:
            key = self._rng.choice(mine)
            await self._sends(Draft(*key, self.diary.contents[key]))

    async def _edits(self, conversation_id: int, room: Room) -> None:
        target = self._own(room)
        if target is not None:
            content = f"edited by {self.name}, {next(self._numbers)}"
            await self._says(
                type="message", conversationId=conversation_id, messageId=target, content=content
            )

    async def _deletes(self, conversation_id: int, room: Room) -> None:
        target = self._own(room)
        if target is not None:
            await self._says(
                type="message", conversationId=conversation_id, messageId=target, isDeleted=True
            )

    async def _reacts(self, conversation_id: int, room: Room) -> None:
        target = self._any(room)
        if target is not None:
            await self._says(
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
            await self._says(type=kind, conversationId=conversation_id, messageId=target)

    async def _marks_unread(self, conversation_id: int, room: Room) -> None:
        target = self._any(room)
        if target is not None:
            await self._says(type="unread", conversationId=conversation_id, messageId=target)

    async def _seems(self, conversation_id: int, room: Room) -> None:
        """Be idle or not, or choose how to appear."""
        if self._rng.random() < 0.6:
            await self._says(type="presence", isIdle=self._rng.random() < 0.5)
        else:
            await self._says(type="presence", presenceStatus=self._rng.choice(STATUSES))

    async def _moves_people(self, conversation_id: int, room: Room) -> None:
        """Who is no admin is refused, but may leave."""
        person = self._rng.choice(self._world.accounts[1:]).user_id
        path = f"/api/conversations/{conversation_id}/participants/"
        if self._rng.random() < 0.6:
            asked = self.requests("POST", path, {"userId": person})
        else:
            asked = self.requests("DELETE", f"{path}{person}/")
        task = asyncio.ensure_future(asked)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _breaks_off(self, conversation_id: int, room: Room) -> None:
        raise Closed(1006)

    def _own(self, room: Room) -> int | None:
        mine = [s for s in room.messages.values() if s.sender_id == self.account.user_id]
        return self._rng.choice(mine).message_id if mine else None

    def _any(self, room: Room) -> int | None:
        some = list(room.messages.values())[-20:]
        return self._rng.choice(some).message_id if some else None

    async def _says(self, **frame: Any) -> None:
        if self._wire is None:
            raise Closed(1006)
        await self._wire.send(json.dumps(frame))


def _now() -> float:
    return asyncio.get_running_loop().time()
