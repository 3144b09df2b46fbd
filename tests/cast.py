"""The cast of the stories: people, and the tabs through which they say and hear things."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn
from urllib.parse import quote

import httpx
import pytest

from tests.described import hold_event
from tests.sites import Closed, Server, Site, Wire, bootstrap_of, connect_to

PATIENCE = 5.0
"""Seconds within which what is awaited must have happened."""

PASSWORD = "correct-horse-9-staple"

MARKS = ("read", "delivered", "unread")

UNKNOWN = 10**12
"""From here on there is no message."""

Event = dict[str, Any]
numbers = itertools.count(1)


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, site: Site, name: str, client: httpx.AsyncClient) -> None:
        self.site = site
        self.name = name
        self.client = client
        self.user_id = 0
        self.tabs: list[Tab] = []

    def __repr__(self) -> str:
        return self.name

    async def signs_up(self) -> None:
        """Make an account; the site signs in and shows the chat."""
        await self.client.get("/accounts/signup/")
        form = {"username": self.name, "password1": PASSWORD, "password2": PASSWORD}
        page = await self.submits("/accounts/signup/", form)
        assert page.url.path == "/", page.text
        self.user_id = bootstrap_of(page.text)["userId"]

    async def signs_in(self) -> None:
        """Sign in anew, as after a sign-out."""
        await self.client.get("/accounts/login/")
        form = {"username": self.name, "password": PASSWORD}
        page = await self.submits("/accounts/login/", form)
        assert page.url.path == "/", page.text

    async def signs_out(self) -> None:
        """Sign out, as the page's button does."""
        page = await self.submits("/accounts/logout/", {})
        assert page.url.path == "/accounts/login/", page.text

    async def changes_password(self) -> None:
        """Change the password; this browser stays signed in."""
        await self.client.get("/accounts/password_change/")
        new = PASSWORD[::-1]
        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        page = await self.submits("/accounts/password_change/", form)
        assert page.url.path == "/accounts/password_change/done/", page.text

    async def submits(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Send a form, and follow where it leads."""
        token = {"csrfmiddlewaretoken": self.client.cookies["csrftoken"]}
        return await self.client.post(path, data={**form, **token}, follow_redirects=True)

    async def gets(self, path: str, **query: Any) -> Any:
        """The JSON at ``path``."""
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def asks(self, method: str, path: str, body: object = None) -> httpx.Response:
        """The answer to a request that changes something."""
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"]}
        return await self.client.request(method, path, json=body, headers=headers)

    async def uploads(self, content: bytes, name: str = "it", kind: str = "") -> httpx.Response:
        """The answer to an upload of this content, that says it has this name and type."""
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"]}
        file = (name, content, kind or "application/octet-stream")
        return await self.client.post("/api/media/", files={"file": file}, headers=headers)

    async def has_uploaded(self, content: bytes, name: str = "it") -> Event:
        """What the site says of the upload."""
        answer = await self.uploads(content, name)
        assert answer.status_code == 201, answer.text
        said: Event = answer.json()
        return said

    async def starts_conversation(self, *people: Person, title: str = "") -> int:
        """Start a conversation with the people, or find it; its id."""
        body = {"participantIds": [person.user_id for person in people], "title": title}
        answer = await self.asks("POST", "/api/conversations/", body)
        assert answer.status_code in (200, 201), answer.text
        conversation_id: int = answer.json()["conversationId"]
        return conversation_id

    async def opens_tab(
        self,
        *,
        resume: str = "",
        device: str = "",
        user: object = None,
        is_idle: bool = False,
        people: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Tab:
        """Open a WebSocket; ``headers`` may replace what a browser sends. Waits for nothing."""
        query = f"?resume={quote(resume)}&device={quote(device)}"
        if user is not None:
            query += f"&user={user}"
        if is_idle:
            query += "&idle=true"
        if people is not None:
            query += f"&people={people}"
        named = {"Cookie": self.cookies(), **(headers or {})}
        return self._tab(await self.site.connect(f"/ws/chat/{query}", named))

    async def opens_tab_at(
        self,
        server: Server,
        *,
        port: int | None = None,
        resume: str = "",
        is_let_in: bool = True,
        is_described: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Tab:
        """Open a tab at this server, perhaps by a proxy's port, and wait for ``ready``, unless it
        is not to be let in. Unless ``is_described``, the server is of another release, whose events
        are written down elsewhere."""
        path = f"/ws/chat/?resume={quote(resume)}"
        named = {"Cookie": self.cookies(), **(headers or {})}
        tab = self._tab(await connect_to(server, path, named, port=port))
        tab.is_described = is_described
        if is_let_in:
            await tab.hears(type="ready")
        return tab

    def cookies(self) -> str:
        """What the browser says in the header Cookie."""
        return "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())

    def _tab(self, wire: Wire) -> Tab:
        tab = Tab(self, wire, len(self.tabs) + 1)
        self.tabs.append(tab)
        return tab

    async def goes_home(self) -> None:
        """Close everything."""
        for tab in self.tabs:
            await tab.closes()
        await self.client.aclose()


class Tab:
    """One live connection, and all that was heard on it."""

    def __init__(self, person: Person, wire: Wire, number: int) -> None:
        self.person = person
        self.frames: list[list[Event]] = []
        """Every frame that came, in order."""
        self.is_described = True
        """Whether each event must be as this release's documents say."""
        self.dialogue: list[str] = []
        self._name = f"{person.name}#{number}"
        self._wire = wire
        self._unheard: list[Event] = []
        self._said_of: defaultdict[bool, set[object]] = defaultdict(set)
        """Conversations of which something was said since it was seen to be done; with ``True``,
        those of marks."""
        self._is_open = True

    async def says(self, **frame: Any) -> None:
        """Send an object."""
        self._said_of[frame.get("type") in MARKS].add(frame.get("conversationId"))
        await self.sends(json.dumps(frame, ensure_ascii=False))

    async def sends(self, data: str | bytes) -> None:
        """Send a frame as it is."""
        self._note("→", data)
        await self._wire.send(data)

    async def sends_as_text(self, data: bytes) -> None:
        """Send the bytes as text, UTF-8 or not."""
        self._note("→", data)
        await self._wire.send_as_text(data)

    async def writes(self, conversation_id: int, content: str, **more: Any) -> str:
        """Send a message; its clientMessageId."""
        client_id = str(more.pop("clientMessageId", uuid.uuid4()))
        await self.says(
            type="message",
            conversationId=conversation_id,
            clientMessageId=client_id,
            content=content,
            **more,
        )
        return client_id

    async def hears(self, *, within: float = PATIENCE, **fields: Any) -> Event:
        """The first event with these fields that no earlier ``hears`` took; waits for it."""
        deadline = time.monotonic() + within
        seen = 0
        while True:
            for event in self._unheard[seen:]:
                if _matches(event, fields):
                    self._take(event)
                    return event
            seen = len(self._unheard)
            await self._receive(deadline, fields)

    async def has_heard(self, *, within: float, **fields: Any) -> bool:
        """Whether such an event came, or comes in time."""
        try:
            async with asyncio.timeout(within):
                await self.hears(within=2 * within, **fields)
        except TimeoutError:
            return False
        return True

    async def hears_error(self, code: str, **fields: Any) -> Event:
        """The refusal of this code."""
        return await self.hears(type="error", code=code, **fields)

    async def hears_nothing(self, *, until: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Nothing with these fields comes before the event ``until`` does.

        Without ``until``: before all that was said here is done, and a frame sent then is answered.
        """
        if until is None:
            await self._has_settled()
            until = await self._fence()
        await self._hears_none_before(until, fields)

    async def hears_nothing_yet(self, **fields: Any) -> None:
        """Nothing with these fields comes before the answer to a frame that needs no database.

        What was said before may still wait to be carried out.
        """
        await self._hears_none_before(await self._fence(), fields)

    async def closed_with(self, *codes: int, within: float = PATIENCE) -> None:
        """The server closes the connection with one of these codes."""
        deadline = time.monotonic() + within
        try:
            while True:
                await self._receive(deadline, {"closed with": codes}, is_end_expected=True)
        except Closed as closed:
            self._is_open = False
            if closed.code not in codes:
                self._fail(f"closed with {closed.code} instead of {codes}")

    async def is_let_in(self) -> bool:
        """Whether ``ready`` comes, and not 4429."""
        deadline = time.monotonic() + 4 * PATIENCE
        try:
            while not any(event["type"] == "ready" for event in self._all()):
                await self._receive(deadline, {"type": "ready"}, is_end_expected=True)
        except Closed as closed:
            self._is_open = False
            if closed.code != 4429:
                self._fail(f"closed with {closed.code} instead of 4429")
            return False
        return True

    async def closes(self) -> None:
        """The person closes the tab."""
        if self._is_open:
            self._is_open = False
            self._note("→", "(closes)")
            await self._wire.close()

    def frame_of(self, event: Event) -> list[Event]:
        """The frame in which the event came."""
        return next(frame for frame in self.frames if any(one is event for one in frame))

    def heard_before(self, event: Event) -> list[Event]:
        """All that came before the event."""
        return list(itertools.takewhile(lambda one: one is not event, self._all()))

    async def _hears_none_before(self, end: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        fence = await self.hears(**end)
        place = next(i for i, event in enumerate(self._all()) if event is fence)
        before = [event for event in self._all()[:place] if self._is_unheard(event)]
        for event in before:
            if _matches(event, fields):
                self._fail(f"heard {event}, which should not have come")

    async def _has_settled(self) -> None:
        """All that was said is done: frames of one conversation are carried out in order, as marks
        are, so the refusal of one more comes when those before it are done."""
        kinds = {
            False: {"type": "reaction", "content": "👍", "messageType": "add"},
            True: {"type": "unread"},
        }
        for is_mark, kind in kinds.items():
            for conversation_id in self._said_of.pop(is_mark, ()):
                if isinstance(conversation_id, int):
                    unknown = UNKNOWN + next(numbers)
                    await self.says(**kind, conversationId=conversation_id, messageId=unknown)
                    await self.hears(type="error", messageId=unknown)
        self._said_of.clear()

    async def _fence(self) -> Mapping[str, Any]:
        client_id = str(uuid.uuid4())
        await self.says(type="message", conversationId=1, clientMessageId=client_id)
        return {"type": "error", "clientMessageId": client_id}

    async def _receive(
        self, deadline: float, wanted: Mapping[str, Any], *, is_end_expected: bool = False
    ) -> None:
        """Take in one frame."""
        try:
            text = await self._wire.receive(max(deadline - time.monotonic(), 0.001))
        except TimeoutError:
            self._fail(f"waited in vain for {dict(wanted)}")
        except Closed as closed:
            self._note("←", f"(closed with {closed.code})")
            if is_end_expected:
                raise
            self._is_open = False
            self._fail(f"closed with {closed.code} while waiting for {dict(wanted)}")
        self._note("←", text)
        frame: list[Event] = json.loads(text)
        assert isinstance(frame, list), f"a frame is an array, not {text}"
        if self.is_described:
            for event in frame:
                hold_event(event)
        self.frames.append(frame)
        self._unheard += frame

    def _take(self, event: Event) -> None:
        self._unheard = [one for one in self._unheard if one is not event]

    def _is_unheard(self, event: Event) -> bool:
        return any(one is event for one in self._unheard)

    def _all(self) -> list[Event]:
        return [event for frame in self.frames for event in frame]

    def _note(self, arrow: str, data: str | bytes) -> None:
        self.dialogue.append(f"{self._name} {arrow} {data[:400]!s}")

    def _fail(self, reason: str) -> NoReturn:
        dialogue = "\n".join(f"    {line}" for line in self.dialogue)
        pytest.fail(f"{self._name} {reason}\n{dialogue}", pytrace=True)


def _matches(event: Event, fields: Mapping[str, Any]) -> bool:
    return all(event.get(name) == value for name, value in fields.items())


@asynccontextmanager
async def beating(tab: Tab, *, every: float) -> AsyncIterator[None]:
    """The tab says every so many seconds that it is there, as the page does."""

    async def beat() -> None:
        while True:
            await tab.says(type="presence")
            await asyncio.sleep(every)

    heart = asyncio.create_task(beat())
    try:
        yield
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


async def sign_up(site: Site, name: str) -> Person:
    """Somebody new, with a name that nobody had before."""
    person = Person(site, f"{name}{next(numbers)}-{uuid.uuid4().hex[:6]}", site.http())
    await person.signs_up()
    return person


async def all_go_home(people: list[Person]) -> None:
    """Close all that the people opened."""
    await asyncio.gather(*(person.goes_home() for person in people))
