"""Connecting: who may, what comes first, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.sites import HandshakeRefused, ServerSite, Site

ABOUT_NOW = timedelta(seconds=5)


async def test_ready_is_first_and_lists_the_conversations(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    for text in ("one", "two"):
        await his.writes(room, text)
        await his.hears(type="message", content=text)
    tab = await open_tab(alice, ready=False)
    ready = await tab.hears(type="ready")
    assert tab.frames[0][0] is ready
    assert ready["senderId"] == alice.user_id
    assert ready["presenceStatus"] == "online"
    assert ready["heartbeatInterval"] == 30
    assert ready["typingTimeout"] == 1
    assert abs(datetime.now(UTC) - datetime.fromisoformat(ready["timestamp"])) < ABOUT_NOW
    state = {
        "conversationId": room,
        "sequence": 2,
        "readSequence": 0,
        "unread": 2,
        "revision": 0,
    }
    assert ready["conversations"] == [state]


async def test_who_is_in_no_conversation_is_ready_too(carol: Person, open_tab: OpenTab) -> None:
    tab = await open_tab(carol, ready=False)
    assert (await tab.hears(type="ready"))["conversations"] == []


async def test_without_a_session_it_is_accepted_and_closed_with_4401(
    alice: Person, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice, headers={"Cookie": ""}, ready=False)
    await tab.closed_with(4401)


@pytest.mark.parametrize("key", ["invented", "", "ü", "0" * 5000])
async def test_a_forged_session_is_closed_with_4401(
    alice: Person, open_tab: OpenTab, key: str
) -> None:
    tab = await open_tab(alice, headers={"Cookie": f"sessionid={key}"}, ready=False)
    await tab.closed_with(4401)


async def test_a_foreign_origin_is_refused_without_an_upgrade(
    alice: Person, open_tab: OpenTab
) -> None:
    for origin in ("http://evil.example", "http://127.0.0.1:1", "file://127.0.0.1", "null"):
        with pytest.raises(HandshakeRefused) as refused:
            await open_tab(alice, headers={"Origin": origin})
        assert refused.value.status == 403, origin


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_behind_a_proxy_that_ends_tls_the_page_is_one_of_https(
    site: ServerSite, alice: Person, open_tab: OpenTab
) -> None:
    origin = site.servers[0].url
    with pytest.raises(HandshakeRefused):
        await open_tab(alice, headers={"X-Forwarded-Proto": "https", "Origin": origin})
    secure = origin.replace("http:", "https:")
    await open_tab(alice, headers={"X-Forwarded-Proto": "https", "Origin": secure})


async def test_there_is_no_other_stream(site: Site) -> None:
    with pytest.raises(HandshakeRefused) as refused:
        await site.connect("/ws/nothing/", {})
    assert refused.value.status == 403


async def test_signing_out_closes_her_tabs_with_4401_and_not_his(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    first, second, his = await open_tab(alice), await open_tab(alice), await open_tab(bob)
    await alice.signs_out()
    await first.closed_with(4401)
    await second.closed_with(4401)
    await his.writes(room, "bye")
    await his.hears(type="message", content="bye")


async def test_signing_out_leaves_her_other_browser_alone(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    elsewhere = Person(alice.site, alice.name, alice.site.http())
    elsewhere.user_id = alice.user_id
    await elsewhere.signs_in()
    here, there = await open_tab(alice), await open_tab(elsewhere)
    await alice.signs_out()
    await here.closed_with(4401)
    await there.writes(room, "still here")
    await there.hears(type="message", content="still here")
    await elsewhere.goes_home()


async def test_a_signed_out_session_can_not_connect_again(alice: Person, open_tab: OpenTab) -> None:
    key = alice.client.cookies["sessionid"]
    await alice.signs_out()
    tab = await open_tab(alice, headers={"Cookie": f"sessionid={key}"}, ready=False)
    await tab.closed_with(4401)


async def test_a_changed_password_closes_the_other_browsers(
    alice: Person, open_tab: OpenTab
) -> None:
    elsewhere = Person(alice.site, alice.name, alice.site.http())
    elsewhere.user_id = alice.user_id
    await elsewhere.signs_in()
    there = await open_tab(elsewhere)
    await alice.changes_password()
    await there.closed_with(4401)
    await open_tab(alice)
    await elsewhere.goes_home()


async def test_a_long_device_name_is_no_trouble(alice: Person, open_tab: OpenTab) -> None:
    await open_tab(alice, device="Fire\0fox 🦊 " * 100)
