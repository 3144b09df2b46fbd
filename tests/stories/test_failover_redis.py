"""Redis fails over: everybody hears everybody again, and /healthz says what is wrong meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import redis

from chatsite.realtime.groups import conversation_group
from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.layers.redis.layer import RedisLayer
from tests.cast import Person, Tab
from tests.conftest import StartServer
from tests.outages import learns_of
from tests.proxy import Proxy
from tests.services import free_port, redis_sentinel, redis_server
from tests.sites import Server

pytestmark = [
    pytest.mark.timeout(240),
    # Two processes share its database, and each hears by the Redis of its story.
    pytest.mark.parametrize("site", ["uvicorn"], indirect=True),
]

WITHIN = 20


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What runs until the story ends, or until it says so."""
    with ExitStack() as stack:
        yield stack


def _start(stack: ExitStack, *options: str) -> int:
    port = free_port()
    stack.enter_context(redis_server(port, *options))
    return port


async def _problems_of(server: Server) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        health = (await client.get(f"{server.url}/healthz", timeout=WITHIN)).json()
    problems: list[str] = health.get("problems", [])
    return problems


async def _until_it_says(server: Server, problems: list[str]) -> None:
    async with asyncio.timeout(WITHIN):
        while await _problems_of(server) != problems:
            await asyncio.sleep(0.05)


async def _hears_by_now(hers: Tab, his: Tab, room: int) -> None:
    """Some message of hers gets through to him. Each text is new: his own would be heard too."""
    async with asyncio.timeout(WITHIN):
        while True:
            text = f"are you there? {uuid.uuid4()}"
            await hers.writes(room, text)
            if await his.has_heard(type="message", content=text, within=0.5):
                return


async def test_a_master_that_became_a_replica_is_noticed_said_and_left(
    alice: Person, bob: Person, room: int, start_server: StartServer, stack: ExitStack
) -> None:
    before, after = _start(stack), _start(stack)
    async with Proxy(before) as proxy:
        old = await asyncio.to_thread(start_server, REDIS_URL=f"redis://127.0.0.1:{proxy.port}")
        new = await asyncio.to_thread(start_server, REDIS_URL=f"redis://127.0.0.1:{after}")
        hers, his = await alice.opens_tab_at(old), await bob.opens_tab_at(new)
        with redis.Redis(port=before) as client:
            client.replicaof("127.0.0.1", str(after))
        await hers.writes(room, "into the void")
        await _until_it_says(old, ["layer_not_master"])
        assert await _problems_of(new) == []
        proxy.leads_to(after)
        ready = await his.hears(type="ready", within=WITHIN)
        assert [state["sequence"] for state in ready["conversations"]] == [1]
        await _hears_by_now(hers, his, room)
        await _hears_by_now(his, hers, room)
        await _until_it_says(old, [])
        log = old.log.read_text()
        assert f"Redis at redis://127.0.0.1:{proxy.port} is away: it is a replica" in log
        assert f"Redis at redis://127.0.0.1:{proxy.port} is back" in log
        await asyncio.to_thread(old.stop)


async def test_with_sentinels_another_master_is_found_by_itself(
    alice: Person, bob: Person, room: int, start_server: StartServer, stack: ExitStack
) -> None:
    with ExitStack() as doomed:
        master = _start(doomed)
        _start(stack, "--replicaof", "127.0.0.1", str(master))
        sentinels = [stack.enter_context(redis_sentinel(master)) for _ in range(2)]
        await _until_the_replica_is_known(sentinels)
        hosts = ",".join(f"127.0.0.1:{port}" for port in sentinels)
        url = f"redis+sentinel://{hosts}/mymaster"
        one = await asyncio.to_thread(start_server, REDIS_URL=url)
        two = await asyncio.to_thread(start_server, REDIS_URL=url)
        hers, his = await alice.opens_tab_at(one), await bob.opens_tab_at(two)
        await _hears_by_now(hers, his, room)
        await asyncio.to_thread(doomed.close)
    await _hears_by_now(hers, his, room)
    await _hears_by_now(his, hers, room)
    await _until_it_says(one, [])
    _says_of_an_outage(one, url)
    assert "KeyError" not in one.log.read_text()


async def test_a_master_that_does_not_know_yet_that_it_was_replaced_is_left(
    alice: Person, bob: Person, room: int, start_server: StartServer, stack: ExitStack
) -> None:
    """It calls itself master for ten seconds more, and takes what reaches nobody else."""
    master = _start(stack)
    _start(stack, "--replicaof", "127.0.0.1", str(master))
    sentinel = stack.enter_context(redis_sentinel(master))
    await _until_the_replica_is_known([sentinel])
    url = f"redis+sentinel://127.0.0.1:{sentinel}/mymaster"
    one = await asyncio.to_thread(start_server, REDIS_URL=url)
    hers = await alice.opens_tab_at(one)
    with redis.Redis(port=master) as old:
        known = {client["id"] for client in old.client_list()}
        two = await asyncio.to_thread(start_server, REDIS_URL=url)
        his = await bob.opens_tab_at(two)
        await _hears_by_now(hers, his, room)
        await _fails_over(sentinel, master)
        for client in old.client_list():
            if client["id"] not in known and client["id"] != str(old.client_id()):
                old.client_kill_filter(_id=client["id"])
        await his.hears(type="ready", within=WITHIN)
        await hers.writes(room, "to the one who left")
        said = await hers.hears(type="message", content="to the one who left", within=WITHIN)
        await learns_of(his, said, within=WITHIN)
        await _hears_by_now(his, hers, room)
        await _until_it_says(one, [])
    _says_of_an_outage(one, url)


async def test_a_master_that_stalls_is_left_and_not_returned_to_when_it_goes_on(
    alice: Person, bob: Person, room: int, start_server: StartServer, stack: ExitStack
) -> None:
    """Its connections stay open all the time, and when it goes on it calls itself master."""
    master = _start(stack)
    _start(stack, "--replicaof", "127.0.0.1", str(master))
    sentinel = stack.enter_context(redis_sentinel(master))
    await _until_the_replica_is_known([sentinel])
    url = f"redis+sentinel://127.0.0.1:{sentinel}/mymaster"
    server = await asyncio.to_thread(start_server, REDIS_URL=url)
    hers, his = await alice.opens_tab_at(server), await bob.opens_tab_at(server)
    with _stalled(master):
        await hers.writes(room, "into the void")
        await his.hears(type="message", content="into the void", within=WITHIN)
        await _until_replaced(sentinel, master)
        await _is_told_by_another_process(his, url, room)
        await his.hears(type="ready", within=WITHIN)
    await _is_told_by_another_process(his, url, room)
    await _until_it_says(server, [])
    _says_of_an_outage(server, url)


@contextmanager
def _stalled(port: int) -> Iterator[None]:
    """The Redis server on the port stands still."""
    with redis.Redis(port=port) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _is_told_by_another_process(his: Tab, url: str, room: int) -> None:
    """What is published to where the Sentinels lead now reaches him."""
    layer = RedisLayer(hosts=[host_from(url)])
    event = {"type": "conversation", "conversationId": room}
    told = {"type": "stream.events", "events": [event]}
    async with asyncio.timeout(WITHIN):
        while True:
            await layer.group_send(conversation_group(room), told)
            if await his.has_heard(**event, within=0.2):
                break
    await layer.flush()


def _says_of_an_outage(server: Server, url: str) -> None:
    """However it was noticed: by the Sentinels, by the server itself, or by a connection that broke
    and was made anew before anybody asked for anything."""
    log = server.log.read_text()
    assert f"Redis at {url} is away: " in log or f"Redis at {url} was away: " in log, log


async def _fails_over(sentinel: int, master: int) -> None:
    """The Sentinel puts the replica in the place of the master on this port, which lives on."""
    with redis.Redis(port=sentinel) as client:
        client.execute_command("SENTINEL", "FAILOVER", "mymaster")
    await _until_replaced(sentinel, master)


async def _until_replaced(sentinel: int, master: int) -> None:
    """The Sentinel names another master than the one on this port."""
    with redis.Redis(port=sentinel) as client:
        async with asyncio.timeout(WITHIN):
            while client.sentinel_masters()["mymaster"]["port"] == master:
                await asyncio.sleep(0.05)


async def _until_the_replica_is_known(sentinels: list[int]) -> None:
    async with asyncio.timeout(WITHIN):
        for port in sentinels:
            with redis.Redis(port=port) as client:
                while not any(
                    replica["master-link-status"] == "ok"
                    for replica in client.sentinel_slaves("mymaster")
                ):
                    await asyncio.sleep(0.1)
