"""What happens to people when a server dies, stops, or is looked after from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.cast import Person, Tab
from tests.conftest import OpenTab
from tests.sites import Server, ServerSite, connect_to

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)


async def open_tab_at(server: Server, person: Person) -> Tab:
    """Open a tab at this server."""
    cookie = f"sessionid={person.client.cookies['sessionid']}"
    wire = await connect_to(server, "/ws/chat/", {"Cookie": cookie})
    tab = Tab(person, wire, len(person.tabs) + 1)
    person.tabs.append(tab)
    await tab.hears(type="ready")
    return tab


DEACTIVATE = """
from django.contrib.auth.models import User
user = User.objects.get(pk={user_id})
user.is_active = False
user.save()
"""


@pytest.fixture
def one_more(site: ServerSite) -> Iterator[Server]:
    """One more server of the cluster, started for the story."""
    first = site.servers[0]
    server = Server(first.kind, first.environment, first.log.with_name("one-more.log"))
    server.start()
    yield server
    server.stop()


async def test_when_her_server_is_killed_she_is_offline_once_its_lease_ran_out(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, one_more: Server
) -> None:
    his = await open_tab(bob)
    await open_tab_at(one_more, alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await asyncio.to_thread(one_more.kill)
    offline = await his.hears(
        type="presence", senderId=alice.user_id, presenceStatus="offline", within=15
    )
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "offline"
    assert shown["timestamp"] == offline["timestamp"]


async def test_when_her_server_stops_she_is_told_to_come_again_and_nobody_sees_it(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, one_more: Server
) -> None:
    his = await open_tab(bob)
    hers = await open_tab_at(one_more, alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    stopping = asyncio.create_task(asyncio.to_thread(one_more.stop))
    await hers.closed_with(1012)
    again = await open_tab(alice)
    await stopping
    await again.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})


async def test_the_sweep_can_be_run_from_outside(site: ServerSite) -> None:
    assert await asyncio.to_thread(site.manage, "sweep_presence", "--dry-run")
    assert await asyncio.to_thread(site.manage, "sweep_presence")


async def test_who_is_deactivated_elsewhere_is_closed_with_4401(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    tabs = [await open_tab(alice), await open_tab(alice)]
    his = await open_tab(bob)
    script = DEACTIVATE.format(user_id=alice.user_id)
    await asyncio.to_thread(site.manage, "shell", "-c", script)
    for tab in tabs:
        await tab.closed_with(4401)
    await his.writes(room, "she is gone")
    await his.hears(type="message", content="she is gone")
