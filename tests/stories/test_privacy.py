"""Privacy: what somebody hides is told to nobody, and who hides sees as little of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab


async def chooses(person: Person, **privacy: bool) -> dict[str, bool]:
    """Turn the switches, as the page does."""
    answer = await person.asks("POST", "/api/privacy/", privacy)
    assert answer.status_code == 200, answer.text
    chosen: dict[str, bool] = answer.json()
    return chosen


async def presence_of(person: Person, *, seen_by: Person) -> dict[str, Any] | None:
    """What the HTTP API says of the person."""
    shown = (await seen_by.gets("/api/presence/", users=person.user_id))["presences"]
    return shown[0] if shown else None


async def types(tab: Tab, room: int, is_typing: bool = True) -> None:
    """Press keys, or stop to."""
    await tab.says(type="typing", conversationId=room, isTyping=is_typing)


async def is_seen_online(tab: Tab, person: Person) -> Event:
    """The tab hears that the person is online."""
    return await tab.hears(type="presence", senderId=person.user_id, presenceStatus="online")


async def is_seen_offline(tab: Tab, person: Person) -> Event:
    """The tab hears that the person is offline."""
    return await tab.hears(type="presence", senderId=person.user_id, presenceStatus="offline")


async def test_everything_is_shown_until_it_is_hidden(alice: Person, open_tab: OpenTab) -> None:
    everything = {"showsPresence": True, "showsTyping": True, "showsReceipts": True}
    assert await alice.gets("/api/privacy/") == everything
    hers = await open_tab(alice, ready=False)
    await hers.hears(type="ready", **everything)
    assert await chooses(alice, showsTyping=False) == {**everything, "showsTyping": False}
    nothing = dict.fromkeys(everything, False)
    assert await chooses(alice, showsPresence=False, showsReceipts=False) == nothing
    assert await alice.gets("/api/privacy/") == nothing
    await hers.hears(type="ready", **nothing)


async def test_a_switch_that_is_none_and_a_stranger_to_the_site_are_refused(
    alice: Person,
) -> None:
    for wish in ("perhaps", None):
        answer = await alice.asks("POST", "/api/privacy/", {"showsPresence": wish})
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_frame"
    alice.client.cookies.delete("sessionid")
    assert (await alice.client.get("/api/privacy/")).status_code == 401
    assert (await alice.asks("POST", "/api/privacy/", {})).status_code == 401


async def test_who_hides_is_offline_to_others_last_seen_when_they_hid(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    online = await is_seen_online(his, alice)
    await chooses(alice, showsPresence=False)
    hid_at = datetime.now(UTC)
    await is_seen_offline(hers, alice)
    offline = await is_seen_offline(his, alice)
    assert offline["sequence"] == online["sequence"] + 1
    last_seen = datetime.fromisoformat(offline["timestamp"])
    assert abs(last_seen - hid_at) < timedelta(seconds=2)
    await hers.writes(room, "I am here")
    await his.hears(content="I am here")
    assert await presence_of(alice, seen_by=bob) == {
        "senderId": alice.user_id,
        "presenceStatus": "offline",
        "timestamp": offline["timestamp"],
        "lastSeenDisplay": "Just now",
    }
    await chooses(alice, showsPresence=True)
    assert (await is_seen_online(his, alice))["timestamp"] > offline["timestamp"]


async def test_who_comes_later_and_who_hides_stays_hidden(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    await chooses(alice, showsPresence=False)
    his, hers = await open_tab(bob), await open_tab(alice)
    await hers.says(type="presence", presenceStatus="busy")
    await hers.says(type="presence", isIdle=True)
    await hers.hears_nothing(type="error")
    late = await open_tab(bob)
    await hers.writes(room, "it is me")
    for tab in (his, late):
        until = {"content": "it is me"}
        await tab.hears_nothing(type="presence", senderId=alice.user_id, until=until)


async def test_hiding_while_offline_tells_nobody_that_she_is_here(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await is_seen_online(his, alice)
    await hers.closes()
    gone = await is_seen_offline(his, alice)
    for is_shown in (False, True):
        await chooses(alice, showsPresence=is_shown)
        shown = await presence_of(alice, seen_by=bob)
        assert shown is not None
        assert (shown["presenceStatus"], shown["timestamp"]) == ("offline", gone["timestamp"])
    await his.hears_nothing(type="presence", senderId=alice.user_id)


async def test_who_hides_does_not_see_others(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    assert await presence_of(bob, seen_by=alice)
    await chooses(alice, showsPresence=False)
    await hers.hears(type="ready", showsPresence=False)
    assert await presence_of(bob, seen_by=alice) is None
    own = await presence_of(alice, seen_by=alice)
    assert own is not None
    assert own["presenceStatus"] == "offline"
    late = await open_tab(alice)
    await his.says(type="presence", presenceStatus="busy")
    await his.hears(type="presence", presenceStatus="busy")
    await his.writes(room, "look at me")
    for tab in (hers, late):
        until = {"content": "look at me"}
        await tab.hears_nothing(type="presence", presenceStatus="busy", until=until)


async def test_who_shows_again_sees_again_on_every_device(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    await chooses(alice, showsPresence=False)
    await open_tab(bob)
    tabs = [await open_tab(alice), await open_tab(alice)]
    await chooses(alice, showsPresence=True)
    for tab in tabs:
        ready = await tab.hears(type="ready", showsPresence=True)
        seen = await tab.hears(type="presence", senderId=bob.user_id, presenceStatus="online")
        assert ready in tab.heard_before(seen)
    assert await presence_of(bob, seen_by=alice)


async def test_who_hides_still_sees_and_chooses_their_own(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    first, second = await open_tab(alice), await open_tab(alice)
    await chooses(alice, showsPresence=False)
    for tab in (first, second):
        await is_seen_offline(tab, alice)
    await first.says(type="presence")
    await is_seen_offline(first, alice)
    await chooses(alice, showsPresence=True)
    for tab in (first, second):
        await is_seen_online(tab, alice)


async def test_who_does_not_show_typing_is_not_seen_typing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await chooses(alice, showsTyping=False)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False)
    await types(hers, room)
    late = await open_tab(alice)
    await types(late, room)
    await hers.writes(room, "done")
    await his.hears_nothing(type="typing", until={"content": "done"})
    await chooses(alice, showsTyping=True)
    await hers.hears(type="ready", showsTyping=True)
    await types(hers, room)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)


async def test_who_does_not_show_typing_sees_nobody_type(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await chooses(alice, showsTyping=False)
    await hers.hears(type="ready", showsTyping=False)
    await types(his, room)
    late = await open_tab(alice)
    await his.writes(room, "done")
    for tab in (hers, late):
        await tab.hears_nothing(type="typing", until={"content": "done"})


async def test_no_switch_hides_messages_and_reactions(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await chooses(alice, showsPresence=False, showsTyping=False, showsReceipts=False)
    await hers.hears(type="ready", showsPresence=False)
    await hers.writes(room, "hello")
    hello = await his.hears(type="message", content="hello", senderId=alice.user_id)
    await hers.says(
        type="reaction",
        conversationId=room,
        messageId=hello["messageId"],
        content="👍",
        messageType="add",
    )
    await his.hears(type="reaction", senderId=alice.user_id, content="👍")


async def test_hiding_presence_leaves_typing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await chooses(alice, showsPresence=False)
    await hers.hears(type="ready", showsPresence=False)
    await types(hers, room)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await types(his, room)
    await hers.hears(type="typing", senderId=bob.user_id, isTyping=True)


async def test_who_goes_invisible_while_typing_stops_first(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers, other = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await types(hers, room)
    await his.hears(type="typing", isTyping=True)
    await other.hears_nothing(type="error")
    await other.says(type="presence", presenceStatus="offline")
    offline = await is_seen_offline(his, alice)
    stop = await his.hears(type="typing", senderId=alice.user_id, isTyping=False)
    assert stop in his.heard_before(offline)
    late = await open_tab(bob)
    await types(hers, room)
    await hers.hears_nothing(type="error")
    await his.writes(room, "anybody?")
    for tab in (his, late):
        await tab.hears_nothing(type="typing", until={"content": "anybody?"})


async def test_an_invisible_answer_tells_of_no_reading(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers, other = await open_tab(bob), await open_tab(alice), await open_tab(alice)
    await his.writes(room, "one")
    await his.writes(room, "two")
    await hers.hears(content="two")
    await hers.says(type="presence", presenceStatus="offline")
    await is_seen_offline(his, alice)
    await hers.writes(room, "three")
    await other.hears(content="three")
    await his.hears(content="three")
    await his.writes(room, "four")
    for tab in (his, other):
        await tab.hears_nothing(type="read", until={"content": "four"})


async def test_last_seen_stands_still_while_somebody_appears_offline(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    await hers.says(type="presence", presenceStatus="offline")
    offline = await is_seen_offline(his, alice)
    await hers.writes(room, "a word")
    await hers.hears(content="a word")
    await (await open_tab(alice)).closes()
    await hers.closes()
    shown = await presence_of(alice, seen_by=bob)
    assert shown is not None
    assert shown["timestamp"] == offline["timestamp"]
    assert datetime.fromisoformat(shown["timestamp"]).tzinfo is not None
    listed = (await bob.gets("/api/conversations/"))["conversations"][0]
    known = {"userId", "name", "isAdmin", "readSequence", "deliveredSequence"}
    assert set(listed["participants"][0]) == known


async def test_a_stranger_gets_nothing(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    strangers, hers = await open_tab(carol), await open_tab(alice)
    assert await presence_of(alice, seen_by=carol) is None
    await types(hers, room)
    await chooses(alice, showsPresence=False, showsTyping=False)
    await chooses(alice, showsPresence=True, showsTyping=True)
    await hers.hears(type="ready", showsPresence=True)
    shared = await carol.starts_conversation(bob)
    await strangers.hears(type="conversation", conversationId=shared)
    await strangers.writes(shared, "nothing?")
    await strangers.hears_nothing(senderId=alice.user_id, until={"content": "nothing?"})
