"""A client at random: it says what comes to its mind, loses its connection, and comes back."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from websockets.exceptions import WebSocketException

from tests.chaos.availability import EVERYWHERE, Wait
from tests.chaos.diary import Diary, Draft
from tests.chaos.lookups import Lookups
from tests.chaos.view import Event, View
from tests.chaos.whims import Whims
from tests.chaos.world import Account, World
from tests.sites import Closed, HandshakeRefused, Server, Wire, connect_to

PATIENCE = 3.0
"""Seconds without an answer after which a client takes its connection for dead."""


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
        self.lookups = Lookups(self.view, account.session, self._any_server)
        newcomers = [person.user_id for person in world.accounts[1:]]
        self._whims = Whims(self, self._rng, newcomers)
        self._wire: Wire | None = None
        self._heard_at = 0.0

    @property
    def unrest(self) -> str:
        """What keeps it from having come to rest: it holds all it knows of, and everything of its
        own is answered. Empty: nothing does."""
        reasons = [f"{draft} is unanswered" for drafts in self.outbox.values() for draft in drafts]
        if self._wire is None:
            reasons.append("it is not connected")
        if not self.lookups.is_at_rest:
            reasons.append(f"it looks at {self.lookups.unsure}")
        reasons += [f"it must ask for {pk} from {room}" for pk, room in self.view.to_ask()]
        return "; ".join(reasons)

    @property
    def _servers(self) -> frozenset[int]:
        """The servers that this client and those it talks with use."""
        home = self.account.home
        return EVERYWHERE if home is None else frozenset({home})

    def _any_server(self) -> Server:
        return self._world.servers[self._rng.choice(sorted(self._servers))]

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
        number = self._rng.choice(sorted(self._servers))
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
            self.lookups.go_on()
            await self._pursues()
            await self.says(type="presence")
            if not self.is_quiet:
                await self._whims.does_something()

    async def _pursues(self) -> None:
        """Ask for what is missing, and send what waits."""
        if self.view.must_reconnect:
            raise Closed(1006)
        for conversation_id, room in self.view.to_ask():
            room.asked = (room.sequence, room.revision)
            await self.says(
                type="message",
                conversationId=conversation_id,
                isCatchup=True,
                sequence=room.sequence,
                revision=room.revision,
            )
        for drafts in self.outbox.values():
            if drafts and not drafts[0].sent_at:
                await self.sends(drafts[0])

    def _hears(self, event: Event) -> None:
        match event["type"]:
            case "error":
                self._is_refused(event)
            case "conversation" if not event.get("isCatchup"):
                self.lookups.add(event["conversationId"])
            case "ready":
                # It tells nothing of the marks of others.
                for state in event["conversations"]:
                    self.lookups.add(state["conversationId"])
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
        for draft in drafts:
            if draft.client_id == key[1] and draft.waits_since:
                since = draft.waits_since
                self.diary.waits.append(Wait(self.name, key[0], since, _now(), self._servers))
        self.outbox[key[0]] = [draft for draft in drafts if draft.client_id != key[1]]

    def _is_refused(self, event: Event) -> None:
        conversation_id, code = event.get("conversationId"), event["code"]
        client_id = event.get("clientMessageId")
        if code == "not_a_participant" and conversation_id is not None:
            self.lookups.add(conversation_id)
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

    async def sends(self, draft: Draft) -> None:
        """However often it is refused for now, or sent again, it waits from the first time on."""
        draft.sent_at = _now()
        draft.waits_since = draft.waits_since or draft.sent_at
        await self.says(
            type="message",
            conversationId=draft.conversation_id,
            clientMessageId=draft.client_id,
            content=draft.content,
        )

    async def says(self, **frame: Any) -> None:
        if self._wire is None:
            raise Closed(1006)
        await self._wire.send(json.dumps(frame))


def _now() -> float:
    return asyncio.get_running_loop().time()
