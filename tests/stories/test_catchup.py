"""Catching up: what was missed comes, once, in order."""

from __future__ import annotations

from tests.cast import Person
from tests.conftest import OpenTab


async def test_resume_brings_what_came_after(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    for text in ("one", "two", "three"):
        await his.writes(room, text)
        await his.hears(type="message", content=text)
    hers = await open_tab(alice, resume=f"{room}:1")
    for sequence, text in ((2, "two"), (3, "three")):
        event = await hers.hears(type="message")
        assert (event["sequence"], event["content"]) == (sequence, text)
        assert event["isCatchup"] is True
    await hers.hears_nothing(type="message")


async def test_presences_come_before_what_was_missed(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    await his.writes(room, "one")
    await his.hears(type="message")
    hers = await open_tab(alice, resume=f"{room}:0")
    missed = await hers.hears(type="message")
    before = hers.heard_before(missed)
    assert {event["type"] for event in before} == {"ready", "presence"}
    assert bob.user_id in {event["senderId"] for event in before if event["type"] == "presence"}


async def test_a_frame_asks_for_what_was_missed(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his, hers = await open_tab(bob), await open_tab(alice)
    for text in ("one", "two", "three"):
        await his.writes(room, text)
        await hers.hears(type="message", content=text)
    await hers.says(type="message", conversationId=room, isCatchup=True, sequence=1)
    for text in ("two", "three"):
        event = await hers.hears(type="message")
        assert (event["content"], event["isCatchup"]) == (text, True)
    await his.hears(type="message", content="three")
    await his.hears_nothing(isCatchup=True)


async def test_the_reactions_come_too(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    await his.writes(room, "one")
    message = await his.hears(type="message")
    target = {"conversationId": room, "messageId": message["messageId"]}
    await his.says(type="reaction", content="👍", messageType="add", **target)
    await his.hears(type="reaction")
    hers = await open_tab(alice, resume=f"{room}:0")
    event = await hers.hears(type="reaction", **target)
    assert (event["content"], event["senderId"]) == ("👍", bob.user_id)


async def test_a_resume_that_makes_no_sense_is_only_a_hint(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    for resume in (
        "",
        "x",
        f"{room}",
        f"{room}:",
        f"{room}:-1",
        f"{room}:99",
        f"{room}:²",
        "::,",
    ):
        tab = await open_tab(alice, resume=resume)
        await tab.hears_nothing(type="message")
    his = await open_tab(alice)
    await his.writes(room, "a secret")
    await his.hears(type="message")
    strangers = await open_tab(carol, resume=f"{room}:0")
    await strangers.hears_nothing(type="message")


async def test_a_catch_up_without_a_sequence_is_refused(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    await tab.says(type="message", conversationId=room, isCatchup=True)
    await tab.hears_error("invalid_frame", conversationId=room)
    await tab.says(type="message", conversationId=room, isCatchup=True, sequence=-1)
    await tab.hears_error("invalid_frame", conversationId=room)
