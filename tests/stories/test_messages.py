"""Messages: stored, numbered, acknowledged by their echo, and sent once."""

from __future__ import annotations

import asyncio

from tests.cast import Person
from tests.conftest import OpenTab


async def test_a_message_reaches_the_other_and_its_echo_acknowledges_it(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    client_id = await hers.writes(room, "  hi  ")
    echo = await hers.hears(type="message", clientMessageId=client_id)
    heard = await his.hears(type="message", content="hi")
    assert echo == heard
    assert heard["conversationId"] == room
    assert heard["senderId"] == alice.user_id
    assert heard["senderName"] == alice.name
    assert heard["messageType"] == "text"
    assert heard["timestamp"].endswith("Z")
    assert "isCatchup" not in heard
    assert None not in heard.values()


async def test_sequences_are_1_2_3_for_everybody(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    for number, (tab, text) in enumerate([(hers, "one"), (his, "two"), (hers, "three")], start=1):
        await tab.writes(room, text)
        for listener in (hers, his):
            event = await listener.hears(type="message", content=text)
            assert event["sequence"] == number


async def test_it_reaches_every_tab_of_the_sender(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    first, second = await open_tab(alice), await open_tab(alice)
    await first.writes(room, "hi")
    await second.hears(type="message", content="hi")


async def test_the_same_client_id_again_returns_the_first_to_this_connection_alone(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    client_id = await hers.writes(room, "hi")
    first = await hers.hears(type="message", clientMessageId=client_id)
    await his.hears(type="message", clientMessageId=client_id)
    await hers.writes(room, "hi", clientMessageId=client_id)
    again = await hers.hears(type="message", clientMessageId=client_id)
    assert again == first
    await hers.writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then"})


async def test_ten_tabs_that_send_the_same_at_once_send_one_message_once(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    tabs = [await open_tab(alice) for _ in range(10)]
    await asyncio.gather(*(tab.writes(room, "hi", clientMessageId="1") for tab in tabs))
    heard = await his.hears(type="message", clientMessageId="1")
    for tab in tabs:
        assert await tab.hears(type="message", clientMessageId="1") == heard
    await tabs[0].writes(room, "and then")
    await his.hears_nothing(type="message", until={"content": "and then", "sequence": 2})


async def test_the_same_client_id_with_another_content_is_refused(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    client_id = await tab.writes(room, "hi")
    await tab.hears(type="message")
    await tab.writes(room, "hello", clientMessageId=client_id)
    await tab.hears_error("client_id_reused", clientMessageId=client_id, conversationId=room)


async def test_the_client_ids_of_two_people_are_independent(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "from her", clientMessageId="1")
    await his.writes(room, "from him", clientMessageId="1")
    await hers.hears(type="message", content="from him", clientMessageId="1")
    await his.hears(type="message", content="from her", clientMessageId="1")


async def test_a_reply_names_what_it_answers(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "shall we?")
    asked = await his.hears(type="message")
    await his.writes(room, "yes", replyToMessageId=asked["messageId"])
    answer = await hers.hears(type="message", content="yes")
    assert answer["replyToMessageId"] == asked["messageId"]


async def test_a_stranger_hears_nothing_of_it(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers, strangers = await open_tab(alice), await open_tab(carol)
    shared = await alice.starts_conversation(carol)
    await strangers.hears(type="conversation", conversationId=shared)
    await hers.hears(type="conversation", conversationId=shared)
    await hers.writes(room, "between us")
    await hers.hears(type="message", content="between us")
    await hers.writes(shared, "for you")
    await strangers.hears_nothing(conversationId=room, until={"content": "for you"})


async def test_text_passes_unharmed(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    text = '<b>שלום</b> 👩‍👩‍👧 \u2028 \\ " &amp;'
    await hers.writes(room, text)
    await his.hears(type="message", content=text)
