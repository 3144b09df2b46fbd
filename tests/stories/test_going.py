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

GRACE = 3.0
"""Seconds, so that there is time to look while it runs."""

LATE = 1.5
"""Seconds that a grace may last longer, on a busy machine."""

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


async def hears_them_go(tab: Tab, person: Person) -> tuple[str, float]:
    """The time that the event says, and how many seconds after it the event came."""
    offline = await tab.hears(
        type="presence", senderId=person.user_id, presenceStatus="offline", within=15
    )
    late = datetime.now(UTC) - datetime.fromisoformat(offline["timestamp"])
    return offline["timestamp"], late / timedelta(seconds=1)


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
    for name, person in people.items():
        await is_seen_online(his, person)
        if name != "hides":
            await types(tabs[name], room)
            await his.hears(type="typing", senderId=person.user_id, isTyping=True)

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
    went = {name: await hears_them_go(his, person) for name, person in people.items()}
    for name, (timestamp, seconds) in went.items():
        assert GRACE <= seconds < GRACE + LATE, name
        then = {"senderId": 0, "timestamp": timestamp, "lastSeenDisplay": "Just now"}
        assert await shown(people[name], seen_by=bob) == {**then, "presenceStatus": "offline"}
        online = {"presenceStatus": "online", "lastSeenDisplay": "Online"}
        assert meanwhile[name] == {**then, **online}
    assert told_of(people["leaves"], his) == told_of(people["appears"], his)
    without_typing = [e for e in told_of(people["leaves"], his) if e["type"] == "presence"]
    assert told_of(people["hides"], his) == without_typing


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_who_comes_back_within_the_grace_was_never_seen_to_go(
    bob: Person,
    enter: Callable[[str], Awaitable[Person]],
    open_tab: OpenTab,
) -> None:
    his = await open_tab(bob)
    people = {name: await enter(name) for name in WAYS}
    room = await bob.starts_conversation(*people.values(), title="All of them")
    for name, person in people.items():
        tab = await open_tab(person)
        await is_seen_online(his, person)
        await WAYS[name](person, tab)
        if name == "leaves":
            tab = await open_tab(person)
        elif name == "appears":
            await tab.says(type="presence", presenceStatus="online")
            await is_seen_offline(tab, person)
            await is_seen_online(tab, person)
        else:
            await chooses(person, showsPresence=True)
        # Longer than the grace: this typing ends by silence.
        await types(tab, room)
        await his.hears(type="typing", senderId=person.user_id, isTyping=True)
        until = {"type": "typing", "senderId": person.user_id, "isTyping": False}
        await his.hears_nothing(type="presence", senderId=person.user_id, until=until)
        assert await shown(person, seen_by=bob)
