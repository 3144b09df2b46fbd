"""Servers remove by themselves what nobody sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.cast import PATIENCE, Person
from tests.conftest import CONSUMER, OpenTab


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """From the first request on, for it is what starts the keeper."""
    with override_settings(MEDIA_SWEEP_INTERVAL=0.05, MEDIA_ORPHAN_AGE=1):
        yield


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_what_nobody_sent_goes_by_itself(alice: Person, room: int, open_tab: OpenTab) -> None:
    sent = await alice.has_uploaded(b"sent")
    unsent = await alice.has_uploaded(b"unsent")
    tab = await open_tab(alice)
    await tab.writes(room, "", mediaUrl=sent["mediaUrl"])
    await tab.hears(type="message")
    async with asyncio.timeout(PATIENCE):
        while (await alice.client.get(unsent["mediaUrl"])).status_code == 200:
            pass
    assert (await alice.client.get(sent["mediaUrl"])).content == b"sent"
