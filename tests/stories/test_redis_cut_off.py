"""One process alone is cut off from Redis: what it does is done, and is told later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.cast import Person
from tests.conftest import StartServer
from tests.outages import learns_of, says_it_once
from tests.proxy import Proxy
from tests.sites import Server, ServerSite

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.parametrize("site", ["cluster"], indirect=True),
]

WITHIN = 20


class Apart(NamedTuple):
    """A process of the site, and its way to Redis."""

    server: Server
    to_redis: Proxy

    async def does(self, person: Person, method: str, path: str, body: object) -> int:
        """What the person asks of this process, by HTTP, is done; the conversation it is about."""
        answer = await person.asks(method, f"{self.server.url}{path}", body)
        assert answer.is_success, answer.text
        conversation_id: int = answer.json().get("conversationId", 0)
        return conversation_id


@pytest.fixture
async def apart(site: ServerSite, start_server: StartServer) -> AsyncIterator[Apart]:
    """A process that can be cut off from Redis, while all others are not."""
    url = site.servers[0].environment["REDIS_URL"]
    port = urlsplit(url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        there = url.replace(str(port), str(proxy.port))
        server = await asyncio.to_thread(start_server, REDIS_URL=there)
        yield Apart(server, proxy)
        await asyncio.to_thread(server.stop)


async def test_what_is_done_there_is_answered_as_done_and_told_once_redis_is_back(
    site: ServerSite, apart: Apart, alice: Person, bob: Person, carol: Person
) -> None:
    group = await alice.starts_conversation(carol, title="The team")
    hers = await alice.opens_tab_at(apart.server)
    his = await bob.opens_tab_at(site.servers[0])
    apart.to_redis.cut()
    path = f"/api/conversations/{group}/"
    people = {"participantIds": [bob.user_id, carol.user_id], "title": "The plan"}
    new = await apart.does(alice, "POST", "/api/conversations/", people)
    await apart.does(alice, "POST", f"{path}participants/", {"userId": bob.user_id})
    await apart.does(alice, "PATCH", f"{path}participants/{bob.user_id}/", {"isAdmin": True})
    await apart.does(alice, "PATCH", path, {"title": "The crew"})
    await apart.does(alice, "POST", "/api/privacy/", {"showsReceipts": False})
    await hers.hears(type="conversation", conversationId=new)
    await hers.hears(type="ready", showsReceipts=False, within=WITHIN)
    await hers.writes(new, "who is in?")
    await hers.hears(type="message", content="who is in?")
    assert (await carol.client.get(f"{apart.server.url}/")).status_code == 200
    knocking = await carol.opens_tab_at(apart.server, is_let_in=False)
    await knocking.closed_with(1013)
    apart.to_redis.mends()
    ready = await his.hears(type="ready", within=WITHIN)
    assert {state["conversationId"] for state in ready["conversations"]} == {new, group}
    await his.writes(new, "I am")
    said = await his.hears(type="message", content="I am")
    await learns_of(hers, said, within=WITHIN)
    says_it_once(apart.server)


async def test_whom_an_operator_sends_offline_or_deletes_meanwhile_is_closed_there_too(
    site: ServerSite, apart: Apart, alice: Person, bob: Person, carol: Person
) -> None:
    his, carols = [await person.opens_tab_at(apart.server) for person in (bob, carol)]
    promote = f"User.objects.filter(pk={alice.user_id}).update(is_staff=True, is_superuser=True)"
    importing = "from django.contrib.auth.models import User"
    await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", f"{importing}; {promote}")
    apart.to_redis.cut()
    form = {"action": "force_offline", "_selected_action": str(bob.user_id)}
    page = await alice.submits("/admin/presence/userpresence/", form)
    assert page.status_code == 200, page.text
    delete = f"{importing}; User.objects.get(pk={carol.user_id}).delete()"
    await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", delete)
    await his.closed_with(4410, within=WITHIN)
    await carols.closed_with(4401, within=WITHIN)
