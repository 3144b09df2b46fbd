"""What people notice while Redis or the database is away, and after it came back."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.cast import Person, Tab
from tests.conftest import OpenTab, StartServer
from tests.outages import says_it_once
from tests.proxy import Proxy
from tests.services import free_port, redis_server
from tests.sites import ServerSite, served

WITHIN = 15


class Layer:
    """The Redis of a site, which comes and goes."""

    def __init__(self) -> None:
        self._port = free_port()
        self._running = ExitStack()
        self.url = self.returns()

    def goes(self) -> None:
        """It is gone, with all subscriptions."""
        self._running.close()

    def returns(self) -> str:
        """It is there again, empty, where it was."""
        return self._running.enter_context(redis_server(self._port))


@pytest.fixture
def layer() -> Iterator[Layer]:
    layer = Layer()
    yield layer
    layer.goes()


@pytest.fixture
def pair(tmp_path: Path, layer: Layer) -> Iterator[ServerSite]:
    """Two processes that hear each other by that Redis."""
    with served("pair", ["uvicorn", "uvicorn"], tmp_path, REDIS_URL=layer.url) as site:
        yield site


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_while_redis_is_gone_nobody_goes_offline_and_all_heals_after(
    site: ServerSite, layer: Layer, alice: Person, bob: Person, room: int
) -> None:
    hers = await alice.opens_tab_at(site.servers[0])
    his = await bob.opens_tab_at(site.servers[1])
    await his.hears(type="presence", senderId=alice.user_id)
    await hers.hears(type="presence", senderId=bob.user_id)
    await asyncio.to_thread(layer.goes)
    lost = await hers.writes(room, "into the void")
    await hers.says(type="typing", conversationId=room, isTyping=True)
    # A sweep from outside: whoever did not beat would be offline now.
    await asyncio.to_thread(site.manage, "sweep_presence")
    await asyncio.to_thread(layer.returns)
    # As the page does with what is not acknowledged.
    await hers.writes(room, "into the void", clientMessageId=lost)
    stored = await hers.hears(type="message", clientMessageId=lost, within=WITHIN)
    assert stored["sequence"] == 1
    await _heals(hers, his, room)
    await his.says(type="message", conversationId=room, isCatchup=True, sequence=0)
    missed = await his.hears(type="message", content="into the void")
    assert missed["sequence"] == 1
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await hers.hears_nothing(type="presence", senderId=bob.user_id, presenceStatus="offline")
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "online"


async def _heals(hers: Tab, his: Tab, room: int) -> None:
    """Until both processes are subscribed again: some message gets through."""
    deadline = asyncio.get_running_loop().time() + WITHIN
    while True:
        text = f"are you there? {uuid.uuid4()}"
        await hers.writes(room, text)
        if await his.has_heard(type="message", content=text, within=0.5):
            return
        assert asyncio.get_running_loop().time() < deadline, "it never healed"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_while_redis_is_gone_a_process_goes_on_and_the_others_heal(
    site: ServerSite, layer: Layer, alice: Person, bob: Person, carol: Person, room: int
) -> None:
    hers = await alice.opens_tab_at(site.servers[0])
    beside, apart = [await bob.opens_tab_at(server) for server in site.servers]
    await asyncio.to_thread(layer.goes)
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await beside.hears(type="typing", senderId=alice.user_id, isTyping=True)
    for number in range(30):
        await hers.writes(room, f"still here {number}")
    await hers.hears(type="message", content="still here 29")
    await beside.hears(type="message", content="still here 29")
    for _ in range(3):
        knocking = await carol.opens_tab_at(site.servers[0], is_let_in=False)
        await knocking.closed_with(1013)
    await beside.closes()
    await asyncio.to_thread(layer.returns)
    ready = await apart.hears(type="ready", within=WITHIN)
    [state] = ready["conversations"]
    assert state["sequence"] == 30
    await hers.hears(type="ready", within=WITHIN)
    says_it_once(site.servers[0])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_while_redis_hangs_a_process_goes_on(
    site: ServerSite,
    layer: Layer,
    alice: Person,
    bob: Person,
    room: int,
    start_server: StartServer,
) -> None:
    port = urlsplit(layer.url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        url = layer.url.replace(str(port), str(proxy.port))
        server = await asyncio.to_thread(start_server, REDIS_URL=url)
        hers, his = await alice.opens_tab_at(server), await bob.opens_tab_at(server)
        proxy.stalls()
        for number in range(30):
            await hers.writes(room, f"still here {number}")
        await hers.hears(type="message", content="still here 29", within=WITHIN)
        await his.hears(type="message", content="still here 29")
        proxy.flows()
        await his.hears(type="ready", within=WITHIN)
        await asyncio.to_thread(server.stop)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_a_subscription_that_broke_is_made_anew_and_everybody_starts_anew(
    site: ServerSite, layer: Layer, alice: Person, bob: Person, room: int
) -> None:
    hers = await alice.opens_tab_at(site.servers[0])
    his = await bob.opens_tab_at(site.servers[1])
    with redis.Redis.from_url(layer.url) as client:
        client.client_kill_filter(_type="pubsub")
    await hers.hears(type="ready", within=WITHIN)
    await his.hears(type="ready", within=WITHIN)
    await hers.writes(room, "again")
    await his.hears(type="message", content="again")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_nobody_is_removed_while_the_others_can_not_be_told(
    site: ServerSite,
    layer: Layer,
    alice: Person,
    bob: Person,
    carol: Person,
    start_server: StartServer,
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    carols = await carol.opens_tab_at(site.servers[0])
    his = await bob.opens_tab_at(site.servers[0])
    port = urlsplit(layer.url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        url = layer.url.replace(str(port), str(proxy.port))
        apart = await asyncio.to_thread(start_server, REDIS_URL=url)
        path = f"{apart.url}/api/conversations/{room}/participants/{carol.user_id}/"
        proxy.cut()
        refused = await alice.asks("DELETE", path)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        await his.writes(room, "still with her")
        await carols.hears(content="still with her")
        proxy.mends()
        async with asyncio.timeout(WITHIN):
            while (await alice.asks("DELETE", path)).status_code == 503:
                await his.says(type="presence")
                await his.hears(type="presence", senderId=bob.user_id)
        await his.writes(room, "without her")
        await his.hears(type="message", content="without her")
        await carols.hears_nothing(content="without her")
        await asyncio.to_thread(apart.stop)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["pair"], indirect=True)
async def test_who_is_removed_on_a_process_that_is_cut_off_hears_nothing_then_and_later(
    site: ServerSite,
    layer: Layer,
    alice: Person,
    bob: Person,
    carol: Person,
    start_server: StartServer,
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    port = urlsplit(layer.url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        url = layer.url.replace(str(port), str(proxy.port))
        apart = await asyncio.to_thread(start_server, REDIS_URL=url)
        carols, beside = await carol.opens_tab_at(apart), await bob.opens_tab_at(apart)
        his = await bob.opens_tab_at(site.servers[0])
        await his.writes(room, "with her")
        await carols.hears(content="with her")
        proxy.cut()
        path = f"{site.servers[0].url}/api/conversations/{room}/participants/{carol.user_id}/"
        assert (await alice.asks("DELETE", path)).status_code == 204
        await beside.writes(room, "behind her back")
        await beside.hears(content="behind her back")
        await carols.hears_nothing(content="behind her back")
        proxy.mends()
        for number in range(20):
            await his.writes(room, f"and now {number}")
        await his.hears(content="and now 19")
        ready = await carols.hears(type="ready", within=WITHIN)
        assert ready["conversations"] == []
        await carols.hears_nothing(type="message")
        await asyncio.to_thread(apart.stop)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_while_the_database_is_gone_all_that_needs_none_goes_on(
    site: ServerSite,
    alice: Person,
    bob: Person,
    room: int,
    open_tab: OpenTab,
    start_server: StartServer,
) -> None:
    url = site.servers[0].environment["DATABASE_URL"]
    port = urlsplit(url).port
    assert port is not None, "the URL names a port"
    async with Proxy(port) as proxy:
        environment = {"DATABASE_URL": url.replace(str(port), str(proxy.port))}
        server = await asyncio.to_thread(start_server, **environment)
        his = await open_tab(bob)
        hers, second = await alice.opens_tab_at(server), await alice.opens_tab_at(server)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
        proxy.cut()
        await hers.says(type="typing", conversationId=room, isTyping=True)
        await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
        await his.hears(type="typing", senderId=alice.user_id, isTyping=False)
        written = await _writes_to_a_database_that_is_away(second, his, room)
        await hers.closes()
        # Its lease runs out; to the others it is as if it were dead.
        await his.hears(
            type="presence", senderId=alice.user_id, presenceStatus="offline", within=WITHIN
        )
        proxy.mends()
        await his.hears(
            type="presence", senderId=alice.user_id, presenceStatus="online", within=2 * WITHIN
        )
        for client_id in written:
            await second.writes(room, "and now?", clientMessageId=client_id)
        heard = [await his.hears(type="message", senderId=alice.user_id) for _ in written]
        assert [event["clientMessageId"] for event in heard] == written
        await second.closes()
        await his.hears(
            type="presence", senderId=alice.user_id, presenceStatus="offline", within=WITHIN
        )
        await asyncio.to_thread(server.stop)


async def _writes_to_a_database_that_is_away(hers: Tab, his: Tab, room: int) -> list[str]:
    """What needs no database is not behind what waits for it, and each that waits is refused, none
    of them after as long again as the first. The ids of the messages."""
    written = [await hers.writes(room, f"can you hear me? {number}") for number in range(20)]
    await hers.says(type="presence", presenceStatus="busy")
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=hers.person.user_id, isTyping=True)
    await hers.hears_nothing_yet(type="error")
    for client_id in written:
        await hers.hears_error("unavailable", clientMessageId=client_id, within=WITHIN)
    await hers.hears_error("unavailable", refusedType="presence", within=WITHIN)
    return written
