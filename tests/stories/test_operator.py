"""What an operator does in the admin, as those feel it to whom it is done."""

from __future__ import annotations

import asyncio

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chatsite.realtime.database import in_database
from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab
from tests.sites import ServerSite


def force_offline(user_id: int) -> None:
    """Choose the action for her, as an operator."""
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    form = {"action": "force_offline", "_selected_action": [user_id]}
    assert client.post("/admin/presence/userpresence/", form).status_code == 302


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_forced_offline_she_is_so_until_she_connects_again(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    tabs = [await open_tab(alice), await open_tab(alice)]
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await in_database(force_offline, alice.user_id)
    for tab in tabs:
        await tab.closed_with(4410)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    for tab in tabs:
        await tab.closes()
    await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_forced_offline_in_one_process_she_is_closed_in_all(
    site: ServerSite, alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    tabs = [await alice.opens_tab_at(server) for server in site.servers]
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    promote = f"User.objects.filter(pk={carol.user_id}).update(is_staff=True, is_superuser=True)"
    await asyncio.to_thread(site.manage, "shell", "-c", promote)
    form = {"action": "force_offline", "_selected_action": str(alice.user_id)}
    page = await carol.submits("/admin/presence/userpresence/", form)
    assert "Shown as offline: 1." in page.text
    for tab in tabs:
        await tab.closed_with(4410)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
