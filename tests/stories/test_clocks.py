"""Machines whose clocks are an hour off, or are set while people talk: nobody notices."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chatsite.realtime.wire import rfc3339
from tests.cast import Event, Person, Tab
from tests.conftest import StartServer
from tests.sites import Server, ServerSite, manage
from tests.wrongclocks import WrongClock

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)

HOUR = 3600.0

WITHIN = 15
"""Seconds, of which the lease and the sweep take nearly eight."""

ABOUT_NOW = timedelta(seconds=5)


def is_about_now(event: Event) -> bool:
    """Whether the event's time is right."""
    return abs(datetime.now(UTC) - datetime.fromisoformat(event["timestamp"])) < ABOUT_NOW


async def difference_at(server: Server) -> float:
    """By how many seconds the process says that its machine's clock is behind the database's."""
    async with httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"{server.url}/metrics")).text
    found = re.search(r"^chatsite_clock_difference_seconds (\S+)$", page, re.MULTILINE)
    assert found, page
    return float(found[1])


async def tells_the_right_time(tab: Tab, listener: Tab, room: int) -> None:
    """Whatever the tab's server says of the time is right."""
    [ready] = [event for event in tab.frames[0] if event["type"] == "ready"]
    assert is_about_now(ready)
    await tab.says(type="presence")
    assert is_about_now(await tab.hears(type="presence", senderId=tab.person.user_id))
    content = await tab.writes(room, "what time is it?")
    assert is_about_now(await listener.hears(clientMessageId=content))


async def choice_ends_in_time(tab: Tab, listener: Tab) -> None:
    """What the tab's person chooses until a time ends then."""
    until = rfc3339(datetime.now(UTC) + timedelta(seconds=2))
    await tab.says(type="presence", presenceStatus="busy", until=until)
    for status in ("busy", "online"):
        await listener.hears(
            type="presence", senderId=tab.person.user_id, presenceStatus=status, within=WITHIN
        )
    late = datetime.now(UTC) - datetime.fromisoformat(until)
    assert timedelta(0) <= late < timedelta(seconds=1.5)


def sweeps_nobody(site: ServerSite, its_clock: WrongClock) -> None:
    """A command on a machine with this clock believes it no more than servers do."""
    environment = {**site.servers[0].environment, **its_clock.environment}
    assert "People who went offline: 0." in manage(environment, "sweep_presence")


def a_clock(directory: Path, name: str, *, ahead: float) -> WrongClock:
    """A clock of a process."""
    (directory / name).mkdir()
    return WrongClock(directory / name, ahead=ahead)


@pytest.mark.timeout(120)
async def test_wrong_clocks_make_nobody_come_and_go_and_move_no_time(
    site: ServerSite,
    alice: Person,
    bob: Person,
    carol: Person,
    room: int,
    start_server: StartServer,
    tmp_path: Path,
) -> None:
    """Bob is at a server whose clock is right, Alice at one that is an hour ahead and is set to an
    hour behind, Carol at one that is an hour behind and is killed."""
    await bob.starts_conversation(alice, carol, title="The team")
    her_clock, carols_clock = (
        a_clock(tmp_path, "alice", ahead=HOUR),
        a_clock(tmp_path, "carol", ahead=-HOUR),
    )
    hers_at = await asyncio.to_thread(start_server, **her_clock.environment)
    carols_at = await asyncio.to_thread(start_server, **carols_clock.environment)
    his = await bob.opens_tab_at(site.servers[0])
    hers = await alice.opens_tab_at(hers_at)
    await carol.opens_tab_at(carols_at)
    for person in (alice, carol):
        await his.hears(type="presence", senderId=person.user_id, presenceStatus="online")
    await tells_the_right_time(hers, his, room)
    assert abs(await difference_at(hers_at) + HOUR) < 5
    assert abs(await difference_at(carols_at) - HOUR) < 5

    await asyncio.to_thread(carols_at.kill)
    killed_at = datetime.now(UTC)
    her_clock.set(ahead=-HOUR)
    await choice_ends_in_time(hers, his)
    gone = await his.hears(
        type="presence", senderId=carol.user_id, presenceStatus="offline", within=WITHIN
    )
    assert abs(datetime.fromisoformat(gone["timestamp"]) - killed_at) < ABOUT_NOW

    await asyncio.to_thread(sweeps_nobody, site, a_clock(tmp_path, "command", ahead=HOUR))
    await tells_the_right_time(await alice.opens_tab_at(hers_at), his, room)
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    for person in (alice, bob):
        await hers.hears_nothing(type="presence", senderId=person.user_id, presenceStatus="offline")
    assert abs(await difference_at(hers_at) - HOUR) < 5
    assert hers_at.log.read_text().count("s ahead of the database's") == 1
