"""Many tabs of one person, which come and go at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab

LIMIT = 50

across_processes = pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)


@across_processes
async def test_two_first_tabs_at_once_are_one_arrival(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    first, second = await asyncio.gather(open_tab(alice), open_tab(alice))
    online = await his.hears(type="presence", senderId=alice.user_id)
    assert (online["presenceStatus"], online["sequence"]) == ("online", 1)
    for tab in (first, second):
        await tab.says(type="presence", presenceStatus="busy")
    busy = await his.hears(type="presence", senderId=alice.user_id)
    assert (busy["presenceStatus"], busy["sequence"]) == ("busy", 2)
    await his.hears_nothing(type="presence", senderId=alice.user_id)


@across_processes
async def test_the_last_tab_closes_while_another_opens_elsewhere(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    for _ in range(5):
        _, hers = await asyncio.gather(hers.closes(), open_tab(alice))
    # A silence longer than the grace.
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})


@across_processes
async def test_of_what_crosses_on_its_way_the_highest_sequence_is_true(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    heard = []
    for _ in range(2):
        hers = await open_tab(alice)
        heard.append(await his.hears(type="presence", senderId=alice.user_id))
        await hers.closes()
        heard.append(await his.hears(type="presence", senderId=alice.user_id))
    heard.sort(key=lambda event: int(event["sequence"]))
    assert [event["sequence"] for event in heard] == [1, 2, 3, 4]
    statuses = [event["presenceStatus"] for event in heard]
    assert statuses == ["online", "offline", "online", "offline"]
    [shown] = (await bob.gets("/api/presence/", users=alice.user_id))["presences"]
    assert shown["presenceStatus"] == "offline"


async def test_tabs_that_close_before_they_are_ready_leave_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    for _ in range(5):
        tab = await open_tab(alice, ready=False)
        await tab.closes()
    last = await open_tab(alice)
    await last.closes()
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    again = await open_tab(bob)
    await again.hears_nothing(type="presence", senderId=alice.user_id)


@across_processes
async def test_away_chosen_on_one_device_stays_while_another_is_in_use(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, laptop, phone = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await laptop.says(type="presence", presenceStatus="away")
    for tab in (his, laptop, phone):
        await tab.hears(type="presence", senderId=alice.user_id, presenceStatus="away")
    await phone.says(type="presence", isIdle=True)
    await phone.says(type="presence", isIdle=False)
    await phone.writes(room, "I am here, really")
    await his.hears_nothing(
        type="presence", senderId=alice.user_id, until={"content": "I am here, really"}
    )
    third = await open_tab(alice, ready=False)
    assert (await third.hears(type="ready"))["presenceStatus"] == "away"
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    await phone.says(type="presence", presenceStatus="online")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


@across_processes
async def test_the_first_visit_ever(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    shown = await bob.gets("/api/presence/", users=alice.user_id)
    assert shown["presences"] == [], "she was never seen"
    hers = await open_tab(alice, ready=False)
    ready = await hers.hears(type="ready")
    assert ready["presenceStatus"] == "online"
    online = await his.hears(type="presence", senderId=alice.user_id)
    assert (online["presenceStatus"], online["sequence"]) == ("online", 1)


@across_processes
async def test_of_sixty_tabs_fifty_stay_and_she_leaves_once(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    tabs = await asyncio.gather(*(open_tab(alice, ready=False) for _ in range(60)))
    answers = await asyncio.gather(*(tab.is_let_in() for tab in tabs))
    assert sum(answers) == LIMIT
    online = await his.hears(type="presence", senderId=alice.user_id)
    assert (online["presenceStatus"], online["sequence"]) == ("online", 1)
    await asyncio.gather(*(tab.closes() for tab in tabs))
    offline = await his.hears(type="presence", senderId=alice.user_id)
    assert (offline["presenceStatus"], offline["sequence"]) == ("offline", 2)
    await his.hears_nothing(type="presence", senderId=alice.user_id)
