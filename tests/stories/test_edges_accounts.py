"""Accounts that end or change while their people are connected, in whatever process."""

from __future__ import annotations

import asyncio

import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.sites import ServerSite
from tests.stories.test_large import delete_account
from tests.stories.test_reactions import reacts
from tests.stories.test_revisions import write

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)

SOON = 1.0
"""Seconds within which her tabs are closed, from when it is done."""

CHANGES = {
    "deactivated": "user.is_active = False; user.save()",
    "deleted": "user.delete()",
    "given another password": "user.set_password('another'); user.save()",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_her_tabs_in_every_process_are_closed_and_his_are_not(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab, change: str
) -> None:
    his = await open_tab(bob)
    tabs = [await alice.opens_tab_at(server) for server in site.servers for _ in range(2)]
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    script = f"""
from django.contrib.auth.models import User
user = User.objects.get(pk={alice.user_id})
{CHANGES[change]}
"""
    await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", script)
    await asyncio.gather(*(tab.closed_with(4401, within=SOON) for tab in tabs))
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    refused = await open_tab(alice, ready=False)
    await refused.closed_with(4401)


async def test_the_reactions_of_a_deleted_account_are_taken_back(
    site: ServerSite, alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    """Each is a change like any other: heard live, and caught up."""
    room = await alice.starts_conversation(bob, carol, title="The team")
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    for message, emoji in ((one, "👍"), (one, "🎉"), (two, "👍")):
        await reacts(his, message, emoji)
        await hers.hears(type="reaction", content=emoji, messageType="add")
    await delete_account(site, bob)
    for revision, emoji in ((4, "👍"), (5, "🎉"), (6, "👍")):
        await hers.hears(type="reaction", content=emoji, messageType="remove", revision=revision)
    carols = await open_tab(carol, resume=f"{room}:2:3")
    for revision in (5, 6):
        await carols.hears(type="message", isCatchup=True, revision=revision)
    await carols.hears(type="conversation", isCatchup=True, sequence=2, revision=6)
    await carols.hears_nothing(type="reaction")


async def test_her_own_change_of_password_closes_her_other_browsers(
    site: ServerSite, alice: Person, open_tab: OpenTab
) -> None:
    phone = Person(site, alice.name, site.http())
    await phone.signs_in()
    tabs = [await phone.opens_tab_at(server) for server in site.servers]
    await alice.changes_password()
    await asyncio.gather(*(tab.closed_with(4401, within=SOON) for tab in tabs))
    await phone.goes_home()
    again = await open_tab(alice)
    await again.hears_nothing(type="error")


async def test_who_is_removed_while_typing_types_no_more_in_any_process(
    site: ServerSite, alice: Person, bob: Person, carol: Person
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    first, second = site.servers
    his = [await bob.opens_tab_at(server) for server in site.servers]
    carols = await carol.opens_tab_at(first), await carol.opens_tab_at(second)
    for tab in carols:
        await tab.says(type="typing", conversationId=room, isTyping=True)
    for tab in his:
        await tab.hears(type="typing", senderId=carol.user_id, isTyping=True)
    path = f"/api/conversations/{room}/participants/{carol.user_id}/"
    assert (await alice.asks("DELETE", path)).status_code == 204
    for tab in his:
        await tab.hears(type="typing", senderId=carol.user_id, isTyping=False)
    for tab in carols:
        await tab.hears(type="conversation", conversationId=room)
        await tab.says(type="typing", conversationId=room, isTyping=True)
        await tab.hears_error("not_a_participant")
    for tab in his:
        await tab.says(type="message", conversationId=room, clientMessageId="empty")
        now = await tab.hears_error("content_required")
        typing = [event for event in tab.heard_before(now) if event["type"] == "typing"]
        assert not typing[-1]["isTyping"]
