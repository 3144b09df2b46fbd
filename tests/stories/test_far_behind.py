"""Whoever missed much, or does not read what they asked for, keeps nobody waiting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatsite.realtime.database import in_database
from conversations.models import Participant
from tests.cast import Person, Tab
from tests.conftest import CONSUMER, OpenTab
from tests.sites import Server, ServerSite

LONG = "🙂" * 8_000
"""A message of 32 kB."""

MANY = 60

ENOUGH = 80
"""MB that may be added by whoever does not read: what a process may keep for its readers, and what
it takes to make that."""

uvicorn = pytest.mark.parametrize("site", ["uvicorn"], indirect=True)


def peak_of(server: Server) -> float:
    """The most memory that the server has had since ``forgets_its_peak``, in MB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def forgets_its_peak(server: Server) -> None:
    """Let the most memory it has had be what it has now."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


async def opens_and_reads_nothing(person: Person, server: Server) -> ClientConnection:
    """A connection on which nothing is read but what is asked for."""
    cookies = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    return await connect(
        f"ws://127.0.0.1:{server.port}/ws/chat/",
        additional_headers={"Origin": server.url, "Cookie": cookies},
        proxy=None,
        compression=None,
        max_queue=1,
    )


async def reads_to_its_end(client: ClientConnection) -> int | None:
    """The code by which the server closed it."""
    try:
        while True:
            await client.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def writes_much(tab: Tab, room: int) -> None:
    for _ in range(MANY):
        await tab.writes(room, LONG)
    await tab.hears(type="message", sequence=MANY)


@uvicorn
async def test_who_asks_and_does_not_read_is_closed_and_takes_no_memory(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    [server] = site.servers
    his = await open_tab(bob)
    await writes_much(his, room)
    forgets_its_peak(server)
    before = peak_of(server)
    client = await opens_and_reads_nothing(alice, server)
    ask = {"type": "message", "conversationId": room, "isCatchup": True, "sequence": 0}
    for _ in range(MANY):
        await client.send(json.dumps(ask))
    assert await reads_to_its_end(client) == 4503
    assert peak_of(server) - before < ENOUGH


@uvicorn
async def test_many_tabs_that_missed_much_keep_nobody_from_connecting(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    await writes_much(await open_tab(bob), room)
    tabs = [await open_tab(alice, resume=f"{room}:0") for _ in range(20)]
    await open_tab(bob)
    for tab in tabs[:3]:
        await tab.hears_nothing(type="message", isCatchup=True, sequence=MANY)


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_who_is_removed_while_it_is_read_what_they_missed_hears_of_the_rest(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("elsewhere there are many database threads")
    his = await open_tab(bob)
    lost = await bob.starts_conversation(alice, title="Without her")
    for conversation in (lost, room):
        await his.writes(conversation, "while you were away")
        await his.hears(type="message", conversationId=conversation)

    seen: list[str] = []

    def remove(execute: Any, sql: str, *rest: Any) -> Any:
        """Remove her before the first statement after that which read her conversations."""
        if seen and 'AS "unread"' in seen[-1]:
            connection.execute_wrappers.remove(remove)
            Participant.objects.filter(conversation=lost, user=alice.user_id).delete()
        seen.append(sql)
        return execute(sql, *rest)

    await in_database(lambda: connection.execute_wrappers.append(remove))
    hers = await open_tab(alice, resume=f"{lost}:0:0,{room}:0:0")
    await hers.hears_error("not_a_participant", conversationId=lost, refusedType="message")
    await hers.hears(type="message", conversationId=room, isCatchup=True)
    end = await hers.hears(type="conversation", conversationId=room, isCatchup=True)
    assert "hasMore" not in end
