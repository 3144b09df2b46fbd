"""Forms with a password wait for their turn before they cost anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from django.core.cache import caches
from django.db import OperationalError
from django.urls import reverse
from pytest_django.fixtures import Settings

from chatsite.bodies import Message, Receive, Scope, Send
from chatsite.realtime.outages import Cause, outages
from chatsite.signin import known
from chatsite.signin.gate import PATHS, RESET, Gate

LOGIN = "/accounts/login/"


class Hashing:
    """An application that answers a form when it is told to."""

    def __init__(self, *, status: int = 200) -> None:
        self.status = status
        self.entered: asyncio.Queue[str] = asyncio.Queue()
        self.may_answer = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request":
            if not message.get("more_body", False):
                break
        if message["type"] == "http.disconnect":
            return
        if scope["method"] == "POST":
            self.entered.put_nowait(scope["path"])
            await self.may_answer.acquire()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"answer"})


def client_of(
    application: Hashing, *, pause: float = 0.0, patience: float = 60.0
) -> httpx.AsyncClient:
    """A browser before the gate of the application."""
    return client_at(Gate(application, pause=pause, patience=patience))


def client_at(gate: Gate, address: str = "192.0.2.9") -> httpx.AsyncClient:
    """A browser of this address before the gate."""
    transport = httpx.ASGITransport(app=gate, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def until_waiting(gate: Gate, count: int) -> None:
    """Until so many forms wait for their turn."""
    async with asyncio.timeout(10):
        while gate.waiting != count:
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def nobody_is_known() -> Iterator[None]:
    """Nobody has signed in from anywhere, neither before nor after."""
    caches["default"].clear()
    yield
    caches["default"].clear()


async def test_one_is_let_in_at_a_time_and_whoever_is_too_many_is_told_to_come_back(
    settings: Settings,
) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 1
    site = Hashing()
    gate = Gate(site, pause=0.0)
    async with client_at(gate) as client:
        first = asyncio.create_task(client.post(LOGIN))
        assert await site.entered.get() == LOGIN
        second = asyncio.create_task(client.post("/accounts/signup/"))
        await until_waiting(gate, 1)
        refused = await client.post(LOGIN)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "try again" in refused.text
        assert site.entered.empty()
        # What has no password waits for nobody.
        assert (await client.get(LOGIN)).text == "answer"
        site.may_answer.release()
        assert (await first).text == "answer"
        assert await site.entered.get() == "/accounts/signup/"
        site.may_answer.release()
        assert (await second).text == "answer"


async def test_a_form_waits_no_longer_than_its_client_does(settings: Settings) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 1
    site = Hashing()
    async with client_of(site, patience=0.0) as client:
        first = asyncio.create_task(client.post(LOGIN))
        await site.entered.get()
        assert (await client.post(LOGIN)).status_code == 503
        site.may_answer.release()
        assert (await first).status_code == 200


async def test_where_somebody_has_signed_in_they_come_first(settings: Settings) -> None:
    """And find room: among the three is the guesser that came last."""
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 2
    site = Hashing()
    gate = Gate(site, pause=0.0)
    known.remember("192.0.2.1")
    async with client_at(gate, "192.0.2.1") as alice, client_at(gate, "192.0.2.2") as guesser:
        first = asyncio.create_task(guesser.post(LOGIN))
        await site.entered.get()
        second = asyncio.create_task(guesser.post("/accounts/signup/"))
        await until_waiting(gate, 1)
        third = asyncio.create_task(guesser.post(LOGIN))
        await until_waiting(gate, 2)
        hers = asyncio.create_task(alice.post("/admin/login/"))
        assert (await third).status_code == 503
        assert gate.waiting == 2
        for _ in (first, second, hers):
            site.may_answer.release()
        for answer in await asyncio.gather(first, second, hers):
            assert answer.status_code == 200
        assert [await site.entered.get() for _ in (1, 2)] == ["/admin/login/", "/accounts/signup/"]


async def test_that_the_database_is_away_is_found_out_once_for_all_that_wait(
    settings: Settings,
) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 9
    site = Hashing(status=503)
    gate = Gate(site)
    async with client_at(gate) as client:
        first = asyncio.create_task(client.post(LOGIN))
        await site.entered.get()
        others = [asyncio.create_task(client.post(LOGIN)) for _ in range(3)]
        await until_waiting(gate, 3)
        outages.report(OperationalError("away"), "a form could not be answered")
        site.may_answer.release()
        assert (await first).status_code == 503
        for answer in await asyncio.gather(*others):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
        assert site.entered.empty()
        # The next one tries anew.
        site.status = 200
        site.may_answer.release()
        assert (await client.post(LOGIN)).status_code == 200
    outages.ends(Cause.AWAY)


async def test_a_form_that_is_sent_slowly_keeps_nobody_waiting(settings: Settings) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 1
    site = Hashing()
    site.may_answer.release()
    gate, arrival = Gate(site, pause=0), asyncio.Event()

    async def receive() -> Message:
        if not arrival.is_set():
            arrival.set()
            return {"type": "http.request", "body": b"username=", "more_body": True}
        await asyncio.Future()
        raise AssertionError("the rest never comes")

    async def send(message: Message) -> None:
        raise AssertionError("nobody answers half a form")

    scope = {"type": "http", "method": "POST", "path": LOGIN, "client": ("192.0.2.1", 1)}
    slow = asyncio.create_task(gate(scope, receive, send))
    await arrival.wait()
    transport = httpx.ASGITransport(app=gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        assert (await client.post(LOGIN)).text == "answer"
    slow.cancel()


async def test_a_turn_ends_with_the_view_that_fails(settings: Settings) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 0

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise RuntimeError(scope["path"])

    transport = httpx.ASGITransport(app=Gate(fails))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for _ in range(2):
            with pytest.raises(RuntimeError):
                await client.post(LOGIN)


async def test_who_is_told_to_wait_keeps_no_turn_while_the_answer_does(settings: Settings) -> None:
    settings.PASSWORD_WORKERS, settings.PASSWORD_WAITING = 1, 0
    site = Hashing(status=429)
    site.may_answer.release()
    async with client_of(site, pause=60.0) as client:
        told = asyncio.create_task(client.post(LOGIN))
        await site.entered.get()
        site.status = 200
        site.may_answer.release()
        while True:
            again = await client.post(LOGIN)
            if again.status_code == 200:
                break
        assert not told.done()
        told.cancel()


def test_every_page_that_takes_a_password_is_behind_the_gate() -> None:
    names = ["login", "password_change", "conversations:signup", "admin:login"]
    assert {reverse(name) for name in [*names, "admin:password_change"]} == PATHS
    assert reverse("password_reset_confirm", args=["a", "b"]).startswith(RESET)
