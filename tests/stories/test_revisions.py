"""Changes of messages are caught up like messages: nothing is missed by who counts them."""

from __future__ import annotations

import asyncio

import pytest
from django.test import override_settings

from tests.cast import Event, Person, Tab
from tests.conftest import CONSUMER, OpenTab
from tests.stories.test_changes import deletes, edits
from tests.stories.test_reactions import reacts

Told = list[tuple[str, str, int]]


async def write(tab: Tab, room: int, *texts: str) -> list[Event]:
    """Write the messages, and hear them."""
    for text in texts:
        await tab.writes(room, text)
    return [await tab.hears(type="message", content=text) for text in texts]


async def caught_up(tab: Tab, room: int) -> tuple[Told, tuple[int, int]]:
    """What comes until the catch-up ends: (type, content, revision) each, and up to where."""
    told: Told = []
    while True:
        event = await tab.hears(conversationId=room, isCatchup=True)
        if event["type"] == "conversation":
            return told, (event["sequence"], event["revision"])
        told.append((event["type"], event["content"], event.get("revision", 0)))


async def test_each_change_is_the_next_revision_for_everybody(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await edits(hers, one, "uno")
    await his.hears(type="message", content="uno", revision=1)
    await reacts(his, two, "👍")
    await hers.hears(type="reaction", messageType="add", revision=2, sequence=2)
    await reacts(his, two, "👍", "remove")
    await hers.hears(type="reaction", messageType="remove", revision=3, sequence=2)
    await deletes(hers, one)
    await his.hears(type="message", isDeleted=True, revision=4)
    [shape] = (await bob.gets("/api/conversations/"))["conversations"]
    assert shape["revision"] == 4
    again = await open_tab(bob, ready=False)
    ready = await again.hears(type="ready")
    assert ready["conversations"][0]["revision"] == 4


async def test_an_answer_to_what_is_so_already_is_no_change_and_has_no_revision(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    """Else it would be taken for the change of its revision, here a reaction that may be under way
    to who asks."""
    hers, his = await open_tab(alice), await open_tab(bob)
    client_id = await hers.writes(room, "one")
    one = await hers.hears(type="message", content="one")
    await edits(hers, one, "uno")
    await hers.hears(type="message", content="uno", revision=1)
    await reacts(his, one, "👍")
    await hers.hears(type="reaction", revision=2)
    await hers.writes(room, "one", clientMessageId=client_id)
    assert "revision" not in await hers.hears(type="message", content="uno")
    await edits(hers, one, "uno")
    assert "revision" not in await hers.hears(type="message", content="uno")
    await deletes(hers, one)
    await hers.hears(type="message", isDeleted=True, revision=3)
    await deletes(hers, one)
    assert "revision" not in await hers.hears(type="message", isDeleted=True)


async def test_resume_with_a_revision_brings_what_was_changed_and_then_what_is_new(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    one, two, three = await write(hers, room, "one", "two", "three")
    await reacts(hers, one, "🎉")
    await edits(hers, two, "dos")
    await edits(hers, one, "uno")
    await write(hers, room, "four")
    await hers.hears(type="message", content="uno")
    his = await open_tab(bob, resume=f"{room}:3:0")
    told, end = await caught_up(his, room)
    assert told == [
        ("message", "dos", 2),
        ("message", "uno", 3),
        ("message", "four", 0),
        ("reaction", "🎉", 1),
    ]
    assert end == (4, 3)
    later = await open_tab(bob, resume=f"{room}:4:2")
    assert await caught_up(later, room) == (
        [("message", "uno", 3), ("reaction", "🎉", 1)],
        (4, 3),
    )
    await reacts(hers, three, "👍")
    await later.hears(type="reaction", revision=4)


async def test_who_misses_nothing_is_told_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    [one] = await write(hers, room, "one")
    await edits(hers, one, "uno")
    await hers.hears(type="message", content="uno")
    his = await open_tab(bob, resume=f"{room}:1:1")
    await his.hears_nothing(isCatchup=True)


async def test_a_frame_asks_for_changes_too(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await deletes(hers, two)
    await edits(hers, one, "uno")
    await his.hears(type="message", content="uno")
    ask = {"type": "message", "conversationId": room, "isCatchup": True}
    await his.says(**ask, sequence=2, revision=1)
    assert await caught_up(his, room) == ([("message", "uno", 2)], (2, 2))
    await his.says(**ask, sequence=2, revision=2)
    assert await caught_up(his, room) == ([], (2, 2))
    await his.says(**ask, sequence=0, revision=0)
    assert await caught_up(his, room) == ([("message", "uno", 2), ("message", "", 1)], (2, 2))
    await his.says(**ask, sequence=0, revision=-1)
    await his.hears_error("invalid_frame")
    await hers.hears_nothing(isCatchup=True)


async def test_without_a_revision_it_is_as_it_was(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    one, _ = await write(hers, room, "one", "two")
    await edits(hers, one, "uno")
    await hers.hears(type="message", content="uno")
    his = await open_tab(bob, resume=f"{room}:1")
    await his.hears(type="message", content="two", isCatchup=True)
    await his.hears_nothing(isCatchup=True)


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_a_catch_up_in_many_parts_misses_nothing(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    messages = await write(hers, room, *map(str, range(5)))
    for message in messages[:4]:
        await edits(hers, message, f"{message['content']}!")
    await write(hers, room, "5", "6")
    his = await open_tab(bob)
    told: Told = []
    ends: list[tuple[int, int]] = [(5, 0)]
    with override_settings(CATCHUP_LIMIT=2):
        while ends[-1] != (7, 4):
            sequence, revision = ends[-1]
            ask = {"conversationId": room, "isCatchup": True}
            await his.says(type="message", **ask, sequence=sequence, revision=revision)
            part, end = await caught_up(his, room)
            told += part
            ends.append(end)
    assert [content for _, content, _ in told] == ["0!", "1!", "2!", "3!", "5", "6"]
    assert ends == [(5, 0), (5, 2), (5, 4), (7, 4)]


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_no_change_is_called_held_before_its_message_is_sent(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    """Bob may have heard the last message, and not that it was changed."""
    hers, his = await open_tab(alice), await open_tab(bob)
    messages = await write(hers, room, *"123456")
    await edits(hers, messages[5], "six")
    await hers.hears(content="six")
    ends = [(0, 0)]
    with override_settings(CATCHUP_LIMIT=3):
        for _ in range(2):
            sequence, revision = ends[-1]
            ask = {"conversationId": room, "isCatchup": True}
            await his.says(type="message", **ask, sequence=sequence, revision=revision)
            ends.append((await caught_up(his, room))[1])
    assert ends == [(0, 0), (3, 0), (6, 1)]


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_an_answer_says_whether_there_is_more(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    for message in await write(hers, room, *"123"):
        await edits(hers, message, f"{message['content']}!")
        await hers.hears(content=f"{message['content']}!")
    with override_settings(CATCHUP_LIMIT=2):
        # Of what is held all was changed; of it all some is new; and there is no more.
        for cursor, has_more in (((3, 0), True), ((0, 0), True), ((2, 2), False)):
            ask = {"isCatchup": True, "sequence": cursor[0], "revision": cursor[1]}
            await his.says(type="message", conversationId=room, **ask)
            end = await his.hears(type="conversation", isCatchup=True)
            assert end.get("hasMore", False) is has_more


async def test_opposite_wishes_at_once_end_as_the_last_one_heard(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    """Bob's two tabs add and remove the same emoji, again and again."""
    hers, one, two = await open_tab(alice), await open_tab(bob), await open_tab(bob)
    [message] = await write(hers, room, "hi")

    async def wishes(tab: Tab, action: str) -> None:
        for _ in range(10):
            await reacts(tab, message, "👍", action)
        # What is stored in one conversation is stored in the order in which it was sent.
        await tab.writes(room, f"all of {action}")
        until = {"type": "message", "content": f"all of {action}"}
        await tab.hears_nothing(until=until, type="error")

    await asyncio.gather(wishes(one, "add"), wishes(two, "remove"))
    [shape] = (await bob.gets("/api/conversations/"))["conversations"]
    heard = [
        await hers.hears(type="reaction", revision=number)
        for number in range(1, shape["revision"] + 1)
    ]
    actions = [event["messageType"] for event in heard]
    assert actions == ["add", "remove"] * (len(actions) // 2) + ["add"] * (len(actions) % 2)
    page = await bob.gets(f"/api/conversations/{room}/messages/")
    assert len(page["reactions"]) == len(actions) % 2
