"""What people are called, and whether their accounts are active: live, wherever they are named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from chatsite.realtime.database import in_database
from tests.cast import Event, Person
from tests.conftest import CAPPED, CONSUMER, OpenTab
from tests.sites import ServerSite, Site

SCRIPT = "from django.contrib.auth.models import User\n{change}"


async def does(site: Site, change: str) -> None:
    """Run the code of an operator beside the servers, or in this process where it is the site."""
    script = SCRIPT.format(change=change)
    if isinstance(site, ServerSite):
        await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", script)
    else:
        await in_database(exec, script, {"User": User})


async def saves(site: Site, person: Person, change: str) -> None:
    """Change the person's account, and save it."""
    await does(site, f"user = User.objects.get(pk={person.user_id}); {change}; user.save()")


async def updates(site: Site, person: Person, change: str) -> None:
    """Change the person's account by what tells nobody."""
    await does(site, f"User.objects.filter(pk={person.user_id}).update({change})")


async def as_listed(viewer: Person, person: Person, room: int) -> dict[str, Any]:
    """What the viewer's list of conversations says of the person."""
    shape = await viewer.gets(f"/api/conversations/{room}/")
    [listed] = [one for one in shape["participants"] if one["userId"] == person.user_id]
    return {name: listed[name] for name in ("name", "isActive", "version") if name in listed}


def facts_of(event: Event) -> tuple[Any, ...]:
    """Who the event is about, and what it says of them."""
    return event["senderId"], event["senderName"], event["isActive"]


async def test_what_told_nobody_is_told_soon_and_typing_has_the_new_name(
    site: Site, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await updates(site, bob, "first_name='Robert', last_name='Okafor'")
    told = await hers.hears(type="person")
    assert facts_of(told) == (bob.user_id, "Robert Okafor", True)
    assert await his.hears(type="person") == told
    expected = {"name": "Robert Okafor", "version": told["sequence"]}
    assert await as_listed(alice, bob, room) == expected
    await his.says(type="typing", conversationId=room, isTyping=True)
    typing = await hers.hears(type="typing", senderId=bob.user_id, isTyping=True)
    assert typing["senderName"] == "Robert Okafor"
    await updates(site, bob, "is_active=False")
    gone = await hers.hears(type="person")
    assert facts_of(gone) == (bob.user_id, "Robert Okafor", False)
    assert gone["sequence"] > told["sequence"]
    await his.closed_with(4401)
    expected = {"name": "Robert Okafor", "isActive": False, "version": gone["sequence"]}
    assert await as_listed(alice, bob, room) == expected
    await updates(site, bob, "is_active=True")
    assert facts_of(await hers.hears(type="person")) == (bob.user_id, "Robert Okafor", True)
    await hers.hears_nothing(type="person")


@pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)
async def test_a_saved_name_is_told_once_to_those_who_share_a_conversation(
    site: Site, alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    await alice.starts_conversation(bob, title="Lunch")
    await alice.starts_conversation(carol)
    tabs = [await open_tab(alice) for _ in range(2)]
    his, hers = await open_tab(bob), await open_tab(carol)
    await his.says(type="typing", conversationId=room, isTyping=True)
    await tabs[0].hears(type="typing", senderName=bob.name)
    await saves(site, bob, "user.first_name = 'Robert'")
    for tab in (*tabs, his):
        assert facts_of(await tab.hears(type="person")) == (bob.user_id, "Robert", True)
        await tab.hears_nothing(type="person")
    await hers.hears_nothing(type="person")
    late = await open_tab(alice)
    await his.says(type="typing", conversationId=room, isTyping=True)
    await late.hears(type="typing", senderId=bob.user_id, senderName="Robert")
    await saves(site, bob, "user.email = 'bob@example.com'")
    await saves(site, carol, "user.first_name = 'Caroline'")
    assert facts_of(await tabs[0].hears(type="person")) == (carol.user_id, "Caroline", True)
    await his.hears_nothing(type="person")


@pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)
async def test_who_was_away_is_told_with_ready_what_changed_meanwhile(
    site: Site, alice: Person, bob: Person, carol: Person, room: int
) -> None:
    tab = await alice.opens_tab()
    version = (await tab.hears(type="ready"))["peopleVersion"]
    await tab.closes()
    for change in ("user.first_name = 'Rob'", "user.first_name = 'Robert'"):
        await saves(site, bob, change)
    await saves(site, carol, "user.first_name = 'Caroline'")
    tab = await alice.opens_tab(people=version)
    ready = await tab.hears(type="ready")
    told = [event for event in tab.frame_of(ready) if event["type"] == "person"]
    assert [facts_of(event) for event in told] == [(bob.user_id, "Robert", True)]
    assert version < told[0]["sequence"] <= ready["peopleVersion"]
    again = await alice.opens_tab(people=ready["peopleVersion"])
    for other in (again, await alice.opens_tab()):
        await other.hears(type="ready")
        await other.hears_nothing(type="person")


@pytest.mark.parametrize("site", [CONSUMER, "capped"], indirect=True)
async def test_names_are_told_in_conversations_too_large_for_presence(
    site: Site, alice: Person, bob: Person, carol: Person, open_tab: OpenTab, capped: None
) -> None:
    await alice.starts_conversation(bob, carol, title="The team")
    hers = await open_tab(carol)
    await saves(site, bob, "user.is_active = False")
    assert facts_of(await hers.hears(type="person")) == (bob.user_id, bob.name, False)


@pytest.fixture
async def capped() -> AsyncIterator[None]:
    """Three are many in this process, too, where it is the site."""
    with override_settings(**{name: int(value) for name, value in CAPPED.items()}):
        yield
