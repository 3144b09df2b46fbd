"""Large conversations, in which presence is asked for instead of told, and nobody types."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from chatsite.realtime.database import in_database
from tests.cast import Event, Person, Tab
from tests.conftest import CAPPED, CONSUMER, OpenTab
from tests.sites import ServerSite, Site

pytestmark = pytest.mark.parametrize("site", [CONSUMER, "capped"], indirect=True)

DELETE = """
from django.contrib.auth.models import User
User.objects.get(pk={user_id}).delete()
"""

FLAGS = ("presenceCapped", "typingCapped")


@pytest.fixture(autouse=True)
async def _three_are_many(site: Site) -> AsyncIterator[None]:
    """In this process too, where it is the site."""
    with override_settings(**{name: int(value) for name, value in CAPPED.items()}):
        yield


@pytest.fixture
async def team(alice: Person, bob: Person, carol: Person) -> int:
    """A conversation of three, of whom none shares another."""
    return await alice.starts_conversation(bob, carol, title="The team")


async def removes(person: Person, other: Person, room: int) -> None:
    """Remove somebody; or leave."""
    path = f"/api/conversations/{room}/participants/{other.user_id}/"
    assert (await person.asks("DELETE", path)).status_code == 204


async def adds(person: Person, other: Person, room: int) -> None:
    """Let somebody in."""
    body = {"userId": other.user_id}
    answer = await person.asks("POST", f"/api/conversations/{room}/participants/", body)
    assert answer.status_code == 201, answer.text


async def flags_of(person: Person, room: int) -> tuple[Any, Any]:
    """What the list says of the conversation's size."""
    shapes = (await person.gets("/api/conversations/"))["conversations"]
    [shape] = [shape for shape in shapes if shape["conversationId"] == room]
    return shape.get("presenceCapped"), shape.get("typingCapped")


async def delete_account(site: Site, person: Person) -> None:
    """As an operator does."""

    def delete() -> None:
        User.objects.get(pk=person.user_id).delete()

    if isinstance(site, ServerSite):
        script = DELETE.format(user_id=person.user_id)
        await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", script)
    else:
        await in_database(delete)


def state_in(ready: Event, room: int) -> dict[str, Any]:
    """What ``ready`` says of the conversation."""
    [state] = [state for state in ready["conversations"] if state["conversationId"] == room]
    return dict(state)


async def types(tab: Tab, room: int) -> None:
    """Press keys."""
    await tab.says(type="typing", conversationId=room, isTyping=True)


async def test_presence_is_neither_in_the_snapshot_nor_told_but_can_be_asked_for(
    alice: Person, bob: Person, carol: Person, team: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    his = await open_tab(bob, ready=False)
    state = state_in(await his.hears(type="ready"), team)
    assert [state[flag] for flag in FLAGS] == [True, True]
    assert await flags_of(bob, team) == (True, True)
    await hers.says(type="presence", presenceStatus="busy")
    await hers.hears(type="presence", chosenStatus="busy")
    await hers.writes(team, "busy now")
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"content": "busy now"})
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "busy"


async def test_who_shares_a_small_one_too_is_told_as_ever(
    alice: Person, bob: Person, carol: Person, team: int, room: int, open_tab: OpenTab
) -> None:
    carols, hers = await open_tab(carol), await open_tab(alice)
    his = await open_tab(bob, ready=False)
    ready = await his.hears(type="ready")
    assert not any(flag in state_in(ready, room) for flag in FLAGS)
    assert await flags_of(bob, room) == (None, None)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await hers.says(type="presence", presenceStatus="busy")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    await hers.writes(team, "busy now")
    await carols.hears_nothing(
        type="presence", senderId=alice.user_id, until={"content": "busy now"}
    )


async def test_when_it_shrinks_all_is_told_again_at_once(
    alice: Person, bob: Person, carol: Person, team: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await types(hers, team)
    await hers.says(type="presence", presenceStatus="busy")
    await hers.hears(type="presence", chosenStatus="busy")
    await removes(alice, carol, team)
    await his.hears(type="conversation", conversationId=team)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    await hers.hears(type="presence", senderId=bob.user_id, presenceStatus="online")
    assert await flags_of(bob, team) == (None, None)
    await hers.says(type="presence", presenceStatus="online")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await his.hears_nothing(type="typing", senderId=alice.user_id)
    await types(hers, team)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)


async def test_when_it_grows_typing_ends_and_presence_is_told_no_more(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    team = await alice.starts_conversation(bob, title="The team")
    hers, his, carols = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    await types(hers, team)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await adds(alice, carol, team)
    await his.hears(type="conversation", conversationId=team)
    await carols.hears(type="conversation", conversationId=team)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)
    assert await flags_of(bob, team) == (True, True)
    await hers.hears(type="conversation", conversationId=team)
    await types(hers, team)
    await hers.says(type="presence", presenceStatus="busy")
    await hers.hears(type="presence", chosenStatus="busy")
    await hers.writes(team, "many of us now")
    until = {"content": "many of us now"}
    for tab in (his, carols):
        await tab.hears_nothing(senderId=alice.user_id, type="presence", until=until)
    assert not any(event.get("isTyping") for frame in carols.frames for event in frame)
    late = await open_tab(carol)
    await late.hears_nothing(type="typing")
    await late.hears_nothing(type="presence", senderId=alice.user_id)


async def test_it_shrinks_by_a_deleted_account_too(
    site: Site, alice: Person, bob: Person, carol: Person, team: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await delete_account(site, carol)
    await his.hears(type="conversation", conversationId=team)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    assert await flags_of(bob, team) == (None, None)
    await types(hers, team)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)


async def test_of_strangers_nothing_is_told_however_many_are_asked_about(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    await open_tab(carol)
    await open_tab(alice)
    strangers = ",".join(map(str, range(10**6, 10**6 + 498)))
    asked = f"{alice.user_id},{carol.user_id},{strangers}"
    shown = (await bob.gets("/api/presence/", users=asked))["presences"]
    assert [one["senderId"] for one in shown] == [alice.user_id]
    refused = await bob.client.get("/api/presence/", params={"users": f"{asked},{10**7}"})
    assert refused.status_code == 400
    assert refused.json()["code"] == "invalid_frame"
    assert "500" in refused.json()["content"]
