"""What a client asks by HTTP: whether a conversation is its own still, and who is around."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from tests.chaos.view import View
from tests.sites import NO_TLS, Server

TOKEN = "c" * 32

PAUSE = 0.5
"""Seconds until a server that did not answer is asked again."""


class Lookups:
    """Looks up one conversation after another, so that an older answer can't come after a newer
    one."""

    def __init__(self, view: View, session: str, choose: Callable[[], Server]) -> None:
        """``choose`` says which server is to be asked."""
        self.unsure: set[int] = set()
        """Conversations that may have been left, or entered."""
        self._view = view
        self._session = session
        self._choose = choose
        self._looking: asyncio.Task[None] | None = None
        self._not_before = 0.0

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is to be looked up."""
        return not self.unsure and (self._looking is None or self._looking.done())

    def add(self, conversation_id: int) -> None:
        """Look whether the conversation is still the client's, and how far it is."""
        self.unsure.add(conversation_id)
        self.go_on()

    def go_on(self) -> None:
        """Look up what is left, where no answer came before."""
        is_idle = self._looking is None or self._looking.done()
        if self.unsure and is_idle and time.monotonic() >= self._not_before:
            self._looking = asyncio.create_task(self._look())

    async def requests(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        """The answer of a server, if there is one."""
        cookies = {"sessionid": self._session, "csrftoken": TOKEN}
        try:
            async with httpx.AsyncClient(
                base_url=self._choose().url,
                cookies=cookies,
                trust_env=False,
                verify=NO_TLS,
                timeout=8,
            ) as http:
                headers = {"X-CSRFToken": TOKEN}
                return await http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError:
            return None

    async def _look(self) -> None:
        unanswered: set[int] = set()
        while self.unsure:
            conversation_id = self.unsure.pop()
            if not await self._look_at(conversation_id):
                unanswered.add(conversation_id)
        if unanswered:
            self.unsure |= unanswered
            self._not_before = time.monotonic() + PAUSE

    async def _look_at(self, conversation_id: int) -> bool:
        """Whether it was answered."""
        room = self._view.rooms.get(conversation_id)
        since = room.marks.read if room else 0
        answer = await self.requests("GET", f"/api/conversations/{conversation_id}/")
        if answer is not None and answer.status_code == 404:
            self._view.forgets(conversation_id)
        elif answer is not None and answer.status_code == 200:
            self._view.learns(answer.json(), since=since)
            await self._look_around()
        else:
            return False
        return True

    async def _look_around(self) -> None:
        """Ask how those appear of whom nothing was told."""
        unknown = self._view.people.keeps(self._view.around())
        if unknown:
            ids = ",".join(map(str, unknown))
            answer = await self.requests("GET", f"/api/presence/?users={ids}")
            if answer is not None and answer.status_code == 200:
                self._view.people.answered(answer.json()["presences"])
