"""Whoever leaves, hides, or chooses to appear offline: others can't tell which it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab, StartServer
from tests.stories.test_privacy import chooses, is_seen_offline, is_seen_online, presence_of, types

cluster = pytest.mark.parametrize("site", ["cluster"], indirect=True)

GRACE = 5.0
"""Seconds, so that there is time to look while it runs."""

LATE = 3.0
"""Seconds that a grace may last longer, on a busy machine."""

A_LITTLE = 0.1
"""Seconds by which the clocks of processes differ."""

Going = Callable[[Person, Tab], Awaitable[object]]


async def leaves(person: Person, tab: Tab) -> None:
    """Close the only tab."""
    await tab.closes()


async def appears_offline(person: Person, tab: Tab) -> None:
    """Choose it in the menu."""
    await tab.says(type="presence", presenceStatus="offline")


async def hides(person: Person, tab: Tab) -> None:
    """Turn the switch."""
    await chooses(person, showsPresence=False)


WAYS: dict[str, Going] = {"leaves": leaves, "appears": appears_offline, "hides": hides}


def told_of(person: Person, tab: Tab) -> list[Event]:
    """All that the tab was told of the person, but for who they are and when it was."""
    return [
        {**event, "senderId": 0, "senderName": "", "timestamp": "timestamp" in event}
        for frame in tab.frames
        for event in frame
        if event.get("senderId") == person.user_id and event["type"] in ("presence", "typing")
    ]


async def shown(person: Person, *, seen_by: Person) -> dict[str, Any]:
    """What the HTTP API says of the person, but for who they are."""
    answer = await presence_of(person, seen_by=seen_by)
    assert answer is not None
    return {**answer, "senderId": 0}


def looks(status: str, display: str, timestamp: str) -> dict[str, Any]:
    """How somebody is shown."""
    when = {"timestamp": timestamp, "lastSeenDisplay": display}
    return {"senderId": 0, "presenceStatus": status, **when}


async def hears_them_go(tab: Tab, people: int) -> dict[int, tuple[str, float]]:
    """Of so many people the time that the event says, and how many seconds after it that came."""
    went: dict[int, tuple[str, float]] = {}
    for _ in range(people):
        offline = await tab.hears(type="presence", presenceStatus="offline", within=40)
        late = datetime.now(UTC) - datetime.fromisoformat(offline["timestamp"])
        went[offline["senderId"]] = offline["timestamp"], late / timedelta(seconds=1)
    return went


@cluster
@pytest.mark.timeout(120)
async def test_nobody_can_tell_how_somebody_went(
    bob: Person,
    enter: Callable[[str], Awaitable[Person]],
    open_tab: OpenTab,
    start_server: StartServer,
) -> None:
    server = await asyncio.to_thread(start_server, PRESENCE_GRACE=str(GRACE))
    his = await open_tab(bob)
    people = {name: await enter(name) for name in WAYS}
    room = await bob.starts_conversation(*people.values(), title="All of them")
    tabs = {name: await person.opens_tab_at(server) for name, person in people.items()}
    for person in people.values():
        person.client.base_url = server.url
        await is_seen_online(his, person)
    for name in ("leaves", "appears"):
        await types(tabs[name], room)
        await his.hears(type="typing", senderId=people[name].user_id, isTyping=True)

    watching = asyncio.create_task(hears_them_go(await open_tab(bob), len(people)))
    for name, person in people.items():
        await WAYS[name](person, tabs[name])
    for name in ("leaves", "appears"):
        await his.hears(type="typing", senderId=people[name].user_id, isTyping=False)
    # Their own devices know at once.
    for name in ("appears", "hides"):
        await is_seen_offline(tabs[name], people[name])

    # Until the grace is over all are shown as they were.
    late = await open_tab(bob)
    for person in people.values():
        await is_seen_online(late, person)
    meanwhile = {name: await shown(person, seen_by=bob) for name, person in people.items()}
    went = await watching
    for name, person in people.items():
        await is_seen_offline(his, person)
        timestamp, seconds = went[person.user_id]
        assert GRACE - A_LITTLE <= seconds < GRACE + LATE, name
        was, now = meanwhile[name], await shown(person, seen_by=bob)
        assert was == looks("online", "Online", timestamp)
        assert now == looks("offline", "Just now", timestamp)
    assert told_of(people["leaves"], his) == told_of(people["appears"], his)
    assert told_of(people["hides"], his) == [
        event for event in told_of(people["leaves"], his) if event["type"] == "presence"
    ]


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_who_appears_again_within_the_grace_was_never_seen_to_go(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers, other = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await is_seen_online(his, alice)
    await appears_offline(alice, hers)
    await hers.says(type="presence", presenceStatus="online")
    for tab in (hers, other):
        await is_seen_offline(tab, alice)
        await tab.hears(type="presence", senderId=alice.user_id, chosenStatus="online")
    # Longer than the grace: this typing ends by silence.
    await types(hers, room)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})
