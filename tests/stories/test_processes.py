"""What happens to people when a server dies, stops, or is looked after from outside."""

from __future__ import annotations

import asyncio

import pytest

from tests.cast import Person
from tests.conftest import OpenTab, StartServer
from tests.sites import ServerSite

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)


DEACTIVATE = """
from django.contrib.auth.models import User
user = User.objects.get(pk={user_id})
user.is_active = False
user.save()
"""


async def test_when_her_server_is_killed_she_is_offline_once_its_lease_ran_out(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, start_server: StartServer
) -> None:
    one_more = start_server()
    his = await open_tab(bob)
    await alice.opens_tab_at(one_more)
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
    alice: Person, bob: Person, room: int, open_tab: OpenTab, start_server: StartServer
) -> None:
    one_more = start_server()
    his = await open_tab(bob)
    hers = await alice.opens_tab_at(one_more)
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
