"""Who is in a conversation: live connections follow at once."""

from __future__ import annotations

import asyncio

from tests.cast import Person, Tab
from tests.conftest import OpenTab


async def test_a_new_conversation_is_live_at_once(
    alice: Person, bob: Person, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    room = await alice.starts_conversation(bob)
    await hers.hears(type="conversation", conversationId=room)
    await his.hears(type="conversation", conversationId=room)
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    await his.writes(room, "hi")
    await hers.hears(type="message", content="hi")
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)


async def test_who_is_added_hears_from_then_on(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    hers, his, carols = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    room = await alice.starts_conversation(bob, title="The team")
    await hers.hears(type="conversation", conversationId=room)
    await hers.writes(room, "before")
    await hers.hears(type="message", content="before")
    added = await alice.asks(
        "POST", f"/api/conversations/{room}/participants/", {"userId": carol.user_id}
    )
    assert added.status_code in (200, 201)
    await carols.hears(type="conversation", conversationId=room)
    await his.hears(type="conversation", conversationId=room)
    await hers.writes(room, "welcome")
    await carols.hears_nothing(content="before", until={"content": "welcome"})
    await carols.writes(room, "hello")
    await his.hears(type="message", content="hello", senderId=carol.user_id)


async def test_who_is_removed_hears_nothing_more_and_may_say_nothing(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    hers, his, carols = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    await carols.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=carol.user_id, isTyping=True)
    path = f"/api/conversations/{room}/participants/{carol.user_id}/"
    assert (await alice.asks("DELETE", path)).status_code == 204
    await carols.hears(type="conversation", conversationId=room)
    await his.hears(type="typing", senderId=carol.user_id, isTyping=False)
    await his.hears(type="conversation", conversationId=room)
    await carols.writes(room, "let me in")
    await carols.hears_error("not_a_participant")
    await carols.says(type="typing", conversationId=room, isTyping=True)
    await carols.hears_error("not_a_participant")
    await hers.writes(room, "without her")
    await his.hears(type="message", content="without her")
    shared = await bob.starts_conversation(carol)
    await his.hears(type="conversation", conversationId=shared)
    await his.writes(shared, "sorry")
    await carols.hears_nothing(content="without her", until={"content": "sorry"})
    assert (await carol.client.get(f"/api/conversations/{room}/messages/")).status_code == 404


async def test_who_left_is_gone(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    his = await open_tab(bob)
    path = f"/api/conversations/{room}/participants/{carol.user_id}/"
    assert (await carol.asks("DELETE", path)).status_code == 204
    await his.hears(type="conversation", conversationId=room)
    assert (await carol.gets("/api/conversations/"))["conversations"] == []


async def test_only_its_admin_removes_others(alice: Person, bob: Person, carol: Person) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    path = f"/api/conversations/{room}/participants/{carol.user_id}/"
    answer = await bob.asks("DELETE", path)
    assert answer.status_code == 403
    assert len((await carol.gets("/api/conversations/"))["conversations"]) == 1


async def test_who_is_removed_while_the_others_talk_hears_none_of_what_is_sent_after_it(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    """Whatever process it is sent by, and on whatever tab she sits."""
    room = await alice.starts_conversation(bob, carol, title="The team")
    talking = [await open_tab(bob) for _ in range(2)]
    carols = [await open_tab(carol) for _ in range(4)]
    path = f"/api/conversations/{room}/participants/"

    async def talks(tab: Tab) -> None:
        for number in range(20):
            await tab.writes(room, str(number))
            await tab.hears(type="message", content=str(number))

    async def removes() -> int:
        for tab in carols:
            await tab.hears(type="message", conversationId=room)
        assert (await alice.asks("DELETE", f"{path}{carol.user_id}/")).status_code == 204
        stands = await alice.gets(f"/api/conversations/{room}/")
        return int(stands["sequence"])

    stood, *_ = await asyncio.gather(removes(), *(talks(tab) for tab in talking))
    for tab in carols:
        end = await tab.hears(type="conversation", conversationId=room)
        await tab.hears_nothing(type="error")
        heard = [event for frame in tab.frames for event in frame if event["type"] == "message"]
        assert max(event["sequence"] for event in heard) <= stood
        assert all(event in tab.heard_before(end) for event in heard)


async def test_who_is_removed_and_let_in_again_hears_again(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    his, carols = await open_tab(bob), await open_tab(carol)
    path = f"/api/conversations/{room}/participants/"
    for number in range(3):
        assert (await alice.asks("DELETE", f"{path}{carol.user_id}/")).status_code == 204
        added = await bob.asks("POST", path, {"userId": carol.user_id})
        assert added.status_code == 201
        await his.hears(type="conversation", conversationId=room)
        await his.hears(type="conversation", conversationId=room)
        await his.writes(room, str(number))
        await carols.hears(type="message", content=str(number))
