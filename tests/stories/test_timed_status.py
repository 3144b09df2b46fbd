"""A chosen status that ends by itself, at the time that was told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from chatsite.realtime.wire import rfc3339
from tests.cast import Person, Tab
from tests.conftest import CONSUMER, OpenTab, StartServer
from tests.sites import ServerSite

SOON = 1.5
"""Seconds after its time in which it must be over."""

everywhere = pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)


def in_seconds(seconds: float) -> str:
    """That time, as the wire tells it."""
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))


async def sees_come(tab: Tab, *people: Person) -> None:
    """The people come online, as the tab's person sees it."""
    for person in people:
        await tab.hears(type="presence", senderId=person.user_id, presenceStatus="online")


async def chooses(tab: Tab, status: str, **more: Any) -> None:
    """Choose it in the menu."""
    await tab.says(type="presence", presenceStatus=status, **more)


@everywhere
async def test_it_ends_while_she_is_connected_and_that_is_told_once(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers, other = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await sees_come(his, alice)
    until = in_seconds(1)
    await chooses(hers, "busy", until=until)
    busy = await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    for tab in (hers, other):
        own = await tab.hears(type="presence", chosenStatus="busy")
        assert (own["presenceStatus"], own["until"]) == ("busy", until)
    third = await open_tab(alice, ready=False)
    ready = await third.hears(type="ready")
    assert (ready["presenceStatus"], ready["until"]) == ("busy", until)
    online = await his.hears(
        type="presence",
        senderId=alice.user_id,
        presenceStatus="online",
        sequence=busy["sequence"] + 1,
    )
    late = datetime.now(UTC) - datetime.fromisoformat(until)
    assert timedelta(0) <= late < timedelta(seconds=SOON)
    for tab in (hers, other, third):
        own = await tab.hears(type="presence", chosenStatus="online", sequence=online["sequence"])
        assert "until" not in own
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    of_her = [e for frame in his.frames for e in frame if e.get("senderId") == alice.user_id]
    assert not any("chosenStatus" in event or "until" in event for event in of_her)


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_no_sweep_is_waited_for(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    with override_settings(PRESENCE_SWEEP_INTERVAL=60.0):
        his, hers = await open_tab(bob), await open_tab(alice)
        await sees_come(his, alice)
        await chooses(hers, "busy", until=in_seconds(0.3))
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online", within=1)


@everywhere
async def test_it_ends_while_she_is_away(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    await bob.starts_conversation(alice, carol, title="The team")
    his, hers, carols = await open_tab(bob), await open_tab(alice), await open_tab(carol)
    await sees_come(his, alice, carol)
    until = in_seconds(1.2)
    await chooses(hers, "busy", until=until)
    await hers.hears(type="presence", chosenStatus="busy")
    await hers.closes()
    await chooses(carols, "busy", until=until)
    for status in ("busy", "offline"):
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus=status)
    await his.hears(type="presence", senderId=carol.user_id, presenceStatus="busy")
    await his.hears(type="presence", senderId=carol.user_id, presenceStatus="online")
    await his.hears_nothing(type="presence", senderId=alice.user_id)
    again = await open_tab(alice, ready=False)
    ready = await again.hears(type="ready")
    assert ready["presenceStatus"] == "online"
    assert "until" not in ready
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


@everywhere
async def test_appearing_offline_ends_too_and_she_may_be_seen_typing_again(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers, other = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await sees_come(his, alice)
    await chooses(hers, "offline", until=in_seconds(1.8))
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
    await other.hears(type="presence", chosenStatus="offline")
    await other.says(type="typing", conversationId=room, isTyping=True)
    await his.hears_nothing(
        type="typing",
        until={"type": "presence", "senderId": alice.user_id, "presenceStatus": "online"},
    )
    for tab in (hers, other):
        await tab.hears(type="presence", chosenStatus="online")
    await other.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)


@everywhere
async def test_what_is_chosen_after_it_lasts(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    await bob.starts_conversation(alice, carol, title="The team")
    his, hers, carols = await open_tab(bob), await open_tab(alice), await open_tab(carol)
    await sees_come(his, alice, carol)
    until = in_seconds(0.8)
    await chooses(hers, "busy", until=until)
    await chooses(hers, "busy")
    await chooses(carols, "busy", until=until)
    for tab in (hers, await open_tab(alice)):
        await tab.hears_nothing(type="error")
    lasting = await hers.hears(type="presence", chosenStatus="busy", until=None)
    assert lasting["presenceStatus"] == "busy"
    await his.hears(type="presence", senderId=carol.user_id, presenceStatus="busy")
    await his.hears(type="presence", senderId=carol.user_id, presenceStatus="online")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    await his.hears_nothing(type="presence", senderId=alice.user_id)


REFUSED: dict[str, dict[str, Any]] = {
    "a time that has passed": {"presenceStatus": "offline", "until": "2026-01-31T12:00:00.000Z"},
    "a time without a zone": {"presenceStatus": "offline", "until": "2126-01-31T12:00:00"},
    "no time": {"presenceStatus": "offline", "until": "soon"},
    "a number": {"presenceStatus": "offline", "until": 4_000_000_000},
    "a time beyond all calendars": {
        "presenceStatus": "offline",
        "until": "9999-12-31T23:59:59-12:00",
    },
    "an end of what has none": {"presenceStatus": "online", "until": "2126-01-31T12:00:00.000Z"},
    "an end of nothing": {"until": "2126-01-31T12:00:00.000Z"},
    "an end of being idle": {"isIdle": True, "until": "2126-01-31T12:00:00.000Z"},
}


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_changes_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, case: str
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await hers.says(type="presence", **REFUSED[case])
    await hers.hears_error("invalid_frame")
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id)


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_a_year_from_now_is_no_problem(alice: Person, open_tab: OpenTab) -> None:
    hers = await open_tab(alice)
    await chooses(hers, "busy", until="2126-01-31T13:00:00.0009+01:00")
    own = await hers.hears(type="presence", chosenStatus="busy")
    assert own["until"] == "2126-01-31T12:00:00.000Z"


@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_it_ends_in_time_though_the_process_that_was_told_is_dead(
    site: ServerSite, alice: Person, bob: Person, room: int, start_server: StartServer
) -> None:
    doomed = start_server()
    his = await bob.opens_tab_at(site.servers[0])
    there, here = await alice.opens_tab_at(doomed), await alice.opens_tab_at(site.servers[1])
    await sees_come(his, alice)
    until = in_seconds(1.5)
    await chooses(there, "busy", until=until)
    await here.hears(type="presence", chosenStatus="busy")
    await asyncio.to_thread(doomed.kill)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="busy")
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    assert datetime.now(UTC) - datetime.fromisoformat(until) < timedelta(seconds=SOON)
    await his.hears_nothing(type="presence", senderId=alice.user_id)
