"""The group API: other code, in whatever process, reaches the tabs."""

from __future__ import annotations

import asyncio

import pytest

from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.groups import conversation_group, user_group
from chatsite.realtime.publish import publish
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab
from tests.sites import ServerSite, Site

SCRIPT = """
from chatsite.realtime.publish import publish_sync
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
event = ChatStreamMessage(type=ChatMessageType.ERROR, code="unavailable", content="{content}")
publish_sync("{group}", event)
"""


async def publish_from_outside(site: Site, group: str, content: str) -> None:
    """Publish from a process that serves nobody, where there is one; else from this one."""
    if isinstance(site, ServerSite):
        script = SCRIPT.format(group=group, content=content)
        await asyncio.to_thread(site.manage, "shell", "-c", script)
    else:
        code = ErrorCode.UNAVAILABLE
        event = ChatStreamMessage(type=ChatMessageType.ERROR, code=code, content=content)
        await publish(group, event)


# An in-memory layer is one process' own.
reachable = pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)


@reachable
async def test_a_conversation_is_reached(
    site: Site, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    tabs = [await open_tab(alice), await open_tab(bob), await open_tab(bob)]
    await publish_from_outside(site, conversation_group(room), "to all")
    for tab in tabs:
        await tab.hears(content="to all")


@reachable
async def test_a_user_is_reached_and_nobody_else(
    site: Site, alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    first, second, his = await open_tab(alice), await open_tab(alice), await open_tab(bob)
    await publish_from_outside(site, user_group(alice.user_id), "to her")
    await first.hears(content="to her")
    await second.hears(content="to her")
    await first.writes(room, "got it")
    await his.hears_nothing(content="to her", until={"content": "got it"})
