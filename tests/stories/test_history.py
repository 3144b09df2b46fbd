"""Pages of what was said, by HTTP."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.stories.test_changes import edits
from tests.stories.test_reactions import reacts
from tests.stories.test_revisions import write

NOWHERE = 2**40


def texts(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [message["content"] for message in page["messages"]]


async def test_a_page_brings_its_reactions_and_what_it_quotes(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    one, two = await write(hers, room, "one", "two")
    await his.writes(room, "to one", replyToMessageId=one["messageId"])
    await his.writes(room, "to two", replyToMessageId=two["messageId"])
    await reacts(his, two, "👍")
    added = await hers.hears(type="reaction")
    page = await alice.gets(f"/api/conversations/{room}/messages/", limit=3)
    assert texts(page) == ["to two", "to one", "two"]
    assert page["reactions"] == [added]
    assert page["quoted"] == [one]
    assert (page["hasMore"], page["hasNewer"], page["revision"]) == (True, False, 1)


async def test_a_page_around_a_message_and_the_page_after_one(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    messages = await write(hers, room, *map(str, range(1, 10)))
    path = f"/api/conversations/{room}/messages/"
    page = await alice.gets(path, around=messages[4]["messageId"], limit=4)
    assert texts(page) == ["7", "6", "5", "4"]
    assert (page["hasMore"], page["hasNewer"]) == (True, True)
    page = await alice.gets(path, around=messages[0]["messageId"], limit=1)
    assert (texts(page), page["hasMore"], page["hasNewer"]) == (["1"], False, True)
    page = await alice.gets(path, around=messages[8]["messageId"], limit=50)
    assert (len(texts(page)), page["hasMore"], page["hasNewer"]) == (9, False, False)
    page = await alice.gets(path, after=6, limit=2)
    assert (texts(page), page["hasMore"], page["hasNewer"]) == (["8", "7"], True, True)
    page = await alice.gets(path, after=8)
    assert (texts(page), page["hasMore"], page["hasNewer"]) == (["9"], True, False)
    page = await alice.gets(path, before=2)
    assert (texts(page), page["hasMore"], page["hasNewer"]) == (["1"], False, True)


async def test_a_single_message_is_as_it_is_now(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    [one] = await write(hers, room, "one")
    await edits(hers, one, "uno")
    edited = await hers.hears(type="message", content="uno")
    path = f"/api/conversations/{room}/messages"
    assert await bob.gets(f"{path}/{one['messageId']}/") == edited
    nowhere = await bob.client.get(f"{path}/{NOWHERE}/")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_message")


async def test_what_is_not_hers_looks_like_what_does_not_exist(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    [one] = await write(hers, room, "one")
    elsewhere = await alice.starts_conversation(carol)
    message_id = one["messageId"]
    for path in (f"messages/{message_id}/", f"messages/?around={message_id}", "messages/?after=0"):
        theirs = await carol.client.get(f"/api/conversations/{room}/{path}")
        nowhere = await carol.client.get(f"/api/conversations/{NOWHERE}/{path}")
        assert theirs.status_code == nowhere.status_code == 404
        assert theirs.json() == nowhere.json()
    for path in (f"messages/{message_id}/", f"messages/?around={message_id}"):
        wrong = await carol.client.get(f"/api/conversations/{elsewhere}/{path}")
        assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_message")


@pytest.mark.parametrize("query", ["after=x", "around=x", "before=1&after=1", "around=1&after=1"])
async def test_a_page_that_makes_no_sense_is_refused(alice: Person, room: int, query: str) -> None:
    answer = await alice.client.get(f"/api/conversations/{room}/messages/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame")
