"""Networks that fail without saying so: half-open connections, and machines that sleep."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import override_settings

from tests.cast import Person, beating
from tests.conftest import CONSUMER, OpenTab
from tests.proxy import Proxy
from tests.sites import ServerSite

BEAT = 0.4
"""Seconds; ``PRESENCE_TIMEOUT`` of the impatient sites is 1.5."""

LONG = "🙂" * 8_000
"""A message of 32 kB."""

impatient = pytest.mark.parametrize(
    "site", ["impatient-daphne", "impatient-uvicorn"], indirect=True
)


@impatient
async def test_a_half_open_connection_ends_with_its_timeout(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    server = site.servers[0]
    his = await open_tab(bob)
    async with beating(his, every=BEAT), Proxy(server.port) as proxy:
        await alice.opens_tab_at(server, port=proxy.port)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
        proxy.stalls()
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
        await his.hears_nothing(type="presence", senderId=alice.user_id)


@impatient
async def test_so_does_one_with_more_on_its_way_than_fits(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    server = site.servers[0]
    his = await open_tab(bob)
    async with beating(his, every=BEAT), Proxy(server.port) as proxy:
        await alice.opens_tab_at(server, port=proxy.port)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
        proxy.stalls()
        for _ in range(80):
            await his.writes(room, LONG)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")


@impatient
async def test_a_laptop_that_slept_long_is_closed_and_catches_up(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    server = site.servers[0]
    his = await open_tab(bob)
    async with beating(his, every=BEAT), Proxy(server.port) as proxy:
        hers = await alice.opens_tab_at(server, port=proxy.port)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
        proxy.stalls()
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="offline")
        await his.writes(room, "while you slept")
        await his.hears(type="message")
        proxy.flows()
        await hers.closed_with(4408, 1006)
        again = await alice.opens_tab_at(server, resume=f"{room}:0")
        await again.hears(type="message", content="while you slept", isCatchup=True)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")


@impatient
async def test_a_laptop_that_slept_shortly_goes_on_and_nobody_sees_it(
    site: ServerSite, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    server = site.servers[0]
    his = await open_tab(bob)
    async with beating(his, every=BEAT), Proxy(server.port) as proxy:
        hers = await alice.opens_tab_at(server, port=proxy.port)
        await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
        proxy.stalls()
        await hers.writes(room, "as I was saying")
        await his.hears_nothing(content="as I was saying", until={"senderId": bob.user_id})
        proxy.flows()
        await his.hears(type="message", content="as I was saying")
        async with beating(hers, every=BEAT):
            await his.hears_nothing(type="presence", senderId=alice.user_id)


def test_a_background_tab_may_beat_once_a_minute() -> None:
    """Browsers slow the timers of a hidden tab down to one in a minute."""
    throttled = 60
    assert throttled > settings.HEARTBEAT_INTERVAL
    assert 2 * throttled <= settings.PRESENCE_TIMEOUT


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_a_tab_that_beats_twice_in_its_timeout_stays(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    with override_settings(PRESENCE_TIMEOUT=1.0):
        hers = await open_tab(alice)
        async with beating(hers, every=0.5):
            for _ in range(4):
                await hers.hears(type="presence", senderId=alice.user_id)
