"""Typing on several devices at different processes, as the others see it."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.sites import ServerSite

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)


async def test_a_message_from_another_device_ends_what_is_typed_on_this_one(
    site: ServerSite, alice: Person, bob: Person, room: int
) -> None:
    first, second = site.servers
    his = await bob.opens_tab_at(first)
    typing, sending = await alice.opens_tab_at(first), await alice.opens_tab_at(second)
    for number in range(10):
        await typing.says(type="typing", conversationId=room, isTyping=True)
        await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
        await sending.writes(room, f"sent elsewhere {number}")
        await his.hears(type="typing", senderId=alice.user_id, isTyping=False, within=0.9)
        await his.hears(type="message", content=f"sent elsewhere {number}")


async def test_who_stops_on_one_device_goes_on_typing_on_another(
    site: ServerSite, alice: Person, bob: Person, room: int
) -> None:
    first, second = site.servers
    his = await bob.opens_tab_at(first)
    one, other = await alice.opens_tab_at(first), await alice.opens_tab_at(second)
    await one.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await other.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    await one.says(type="typing", conversationId=room, isTyping=False)
    # Whatever Bob hears next says that she types, until the other stops too.
    assert (await his.hears(type="typing", senderId=alice.user_id))["isTyping"]
    await other.says(type="typing", conversationId=room, isTyping=False)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=False, within=0.9)


async def test_who_comes_to_another_process_sees_who_types(
    site: ServerSite, alice: Person, bob: Person, room: int
) -> None:
    first, second = site.servers
    his = await bob.opens_tab_at(first)
    hers = await alice.opens_tab_at(first)
    await hers.says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", senderId=alice.user_id, isTyping=True)
    late = await bob.opens_tab_at(second)
    await late.hears(type="typing", senderId=alice.user_id, isTyping=True, within=0.9)
