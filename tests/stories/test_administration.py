"""Groups: their title, their admins, and what was said before somebody came."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Person, Tab
from tests.conftest import CONSUMER, OpenTab
from tests.sites import Site
from tests.stories.test_changes import deletes, edits
from tests.stories.test_history import texts
from tests.stories.test_large import delete_account
from tests.stories.test_reactions import reacts
from tests.stories.test_revisions import write


@pytest.fixture
async def group(alice: Person, bob: Person, carol: Person) -> int:
    """A group of the three. Alice is its admin."""
    return await alice.starts_conversation(bob, carol, title="The team")


async def changes(person: Person, path: str, **fields: object) -> dict[str, Any]:
    """Change something that the person may; what it is now."""
    answer = await person.asks("PATCH", f"/api/conversations/{path}", fields)
    assert answer.status_code == 200, answer.text
    shape: dict[str, Any] = answer.json()
    return shape


async def is_refused(person: Person, path: str, **fields: object) -> None:
    """The person may not."""
    answer = await person.asks("PATCH", f"/api/conversations/{path}", fields)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def adds(admin: Person, group: int, person: Person) -> None:
    path = f"/api/conversations/{group}/participants/"
    answer = await admin.asks("POST", path, {"userId": person.user_id})
    assert answer.status_code == 201


async def removes(admin: Person, group: int, person: Person) -> None:
    path = f"/api/conversations/{group}/participants/{person.user_id}/"
    assert (await admin.asks("DELETE", path)).status_code == 204


async def admins_of(person: Person, group: int) -> list[int]:
    shape = await person.gets(f"/api/conversations/{group}/")
    return [one["userId"] for one in shape["participants"] if one["isAdmin"]]


async def test_an_admin_changes_the_title_and_everybody_hears_of_it(
    alice: Person, bob: Person, group: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    shape = await changes(alice, f"{group}/", title="  The plan ")
    assert (shape["title"], shape["isAdmin"], shape["historyVisible"]) == ("The plan", True, True)
    await his.hears(type="conversation", conversationId=group)
    seen = await bob.gets(f"/api/conversations/{group}/")
    assert (seen["title"], seen["isAdmin"]) == ("The plan", False)
    await changes(alice, f"{group}/", title="The plan")
    await is_refused(bob, f"{group}/", title="Mine")
    await his.hears_nothing(type="conversation")


async def test_a_title_turns_nothing_around_and_is_one_line(alice: Person, group: int) -> None:
    title = "\u202efdp.\u2069 plan\r\nB\u200f"
    assert (await changes(alice, f"{group}/", title=title))["title"] == "fdp. plan B"
    for nothing in ("\u202e\u2069", "\u0338" * 30):
        assert (await changes(alice, f"{group}/", title=nothing))["title"] == ""


async def test_a_title_of_which_nothing_can_be_seen_is_none(
    alice: Person, bob: Person, group: int, room: int
) -> None:
    assert (await changes(alice, f"{group}/", title="\u200b \u3164"))["title"] == ""
    assert await alice.starts_conversation(bob, title="\u200b") == room


async def test_between_two_nothing_is_changed(alice: Person, bob: Person, room: int) -> None:
    for person in (alice, bob):
        await is_refused(person, f"{room}/", title="Us")
        await is_refused(person, f"{room}/participants/{bob.user_id}/", isAdmin=True)
    assert await admins_of(alice, room) == []


async def test_a_stranger_and_a_bad_request_change_nothing(
    alice: Person, bob: Person, group: int, room: int
) -> None:
    path = f"/api/conversations/{group}/"
    for fields in ({"title": "a" * 121}, {"title": None}, {"title": "a\0"}, {"historyVisible": 1}):
        answer = await alice.asks("PATCH", path, fields)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame")
    await removes(alice, group, bob)
    answer = await bob.asks("PATCH", path, {"title": "Still mine"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_a_participant")
    assert (await alice.gets(path))["title"] == "The team"


async def test_who_is_not_in_it_is_named_as_such_and_not_taken_for_who_asks(
    alice: Person, group: int
) -> None:
    dave = f"/api/conversations/{group}/participants/{2**40}/"
    for method, body in (("PATCH", {"isAdmin": True}), ("DELETE", None)):
        answer = await alice.asks(method, dave, body)
        refusal = {
            "code": "not_a_participant",
            "content": "This person is not in the conversation.",
            "reason": "person_not_in",
        }
        assert (answer.status_code, answer.json()) == (404, refusal)


async def test_a_title_with_nul_is_told_so(alice: Person, group: int) -> None:
    answer = await alice.asks("PATCH", f"/api/conversations/{group}/", {"title": "a\0"})
    assert (answer.json()["code"], answer.json()["reason"]) == ("invalid_frame", "nul_character")


async def test_admins_make_admins_and_one_there_always_is(
    alice: Person, bob: Person, carol: Person, group: int, open_tab: OpenTab
) -> None:
    carols = await open_tab(carol)
    places = f"{group}/participants"
    await is_refused(bob, f"{places}/{bob.user_id}/", isAdmin=True)
    await is_refused(alice, f"{places}/{alice.user_id}/", isAdmin=False)
    await changes(alice, f"{places}/{bob.user_id}/", isAdmin=True)
    await carols.hears(type="conversation", conversationId=group)
    assert await admins_of(carol, group) == [alice.user_id, bob.user_id]
    await changes(bob, f"{places}/{alice.user_id}/", isAdmin=False)
    await is_refused(alice, f"{group}/", title="Mine")
    assert await admins_of(carol, group) == [bob.user_id]


async def test_when_the_last_admin_goes_who_was_there_longest_is_one(
    alice: Person, bob: Person, carol: Person, group: int
) -> None:
    await removes(alice, group, bob)
    await adds(alice, group, bob)
    await removes(alice, group, alice)
    assert await admins_of(bob, group) == [carol.user_id]
    await changes(carol, f"{group}/", title="Without her")


@pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)
async def test_when_the_last_admins_account_is_deleted_too(
    site: Site, alice: Person, bob: Person, carol: Person, group: int, open_tab: OpenTab
) -> None:
    his = await open_tab(bob)
    await delete_account(site, alice)
    await his.hears(type="conversation", conversationId=group)
    assert await admins_of(carol, group) == [bob.user_id]
    await removes(bob, group, carol)


async def hidden_group(alice: Person, bob: Person) -> int:
    """A group in which who joins sees nothing of before."""
    body = {"participantIds": [bob.user_id], "title": "Secrets", "historyVisible": False}
    answer = await alice.asks("POST", "/api/conversations/", body)
    assert answer.status_code == 201
    assert answer.json()["historyVisible"] is False
    group: int = answer.json()["conversationId"]
    return group


async def test_who_joins_later_sees_nothing_of_before(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    group = await hidden_group(alice, bob)
    hers = await open_tab(alice)
    one, two = await write(hers, group, "one", "two")
    await adds(alice, group, carol)
    shape = await carol.gets(f"/api/conversations/{group}/")
    assert "lastMessage" not in shape
    assert (shape["sequence"], shape["unread"]) == (2, 0)
    await hers.writes(group, "three", replyToMessageId=one["messageId"])
    await hers.hears(content="three")
    path = f"/api/conversations/{group}/messages/"
    page = await carol.gets(path)
    assert (texts(page), page["quoted"], page["hasMore"]) == (["three"], [], False)
    assert texts(await carol.gets(path, after=0)) == ["three"]
    for secret in (f"{path}{two['messageId']}/", f"{path}?around={two['messageId']}"):
        answer = await carol.client.get(secret)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_message")
    carols = await open_tab(carol, resume=f"{group}:0:0")
    await carols.hears(type="message", content="three", isCatchup=True)
    await carols.hears(type="conversation", isCatchup=True, sequence=3, revision=0)
    await carols.hears_nothing(type="message")
    assert len(texts(await bob.gets(path))) == 3


async def test_what_is_hidden_at_the_end_is_held_all_the_same(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    """Else a client that knows how many there are would ask for ever."""
    group = await hidden_group(alice, bob)
    hers = await open_tab(alice)
    await write(hers, group, "one", "two")
    await adds(alice, group, carol)
    carols = await open_tab(carol, resume=f"{group}:1:0")
    await carols.hears(type="conversation", isCatchup=True, sequence=2, revision=0)


async def test_nor_of_who_has_read_it(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    group = await hidden_group(alice, bob)
    hers, his = await open_tab(alice), await open_tab(bob)
    one, _ = await write(hers, group, "one", "two")
    await adds(alice, group, carol)
    carols = await open_tab(carol)
    await his.says(type="read", conversationId=group, messageId=one["messageId"])
    await hers.hears(type="read", senderId=bob.user_id, sequence=1)
    [three] = await write(hers, group, "three")
    await his.says(type="read", conversationId=group, messageId=three["messageId"])
    fence = {"type": "read", "senderId": bob.user_id, "sequence": 3}
    await carols.hears_nothing(type="read", sequence=1, until=fence)


async def test_nor_of_what_becomes_of_it(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    group = await hidden_group(alice, bob)
    hers, his, before = await open_tab(alice), await open_tab(bob), await open_tab(carol)
    one, two = await write(hers, group, "one", "two")
    await adds(alice, group, carol)
    await before.hears(type="conversation", conversationId=group)
    carols = [before, await open_tab(carol)]
    await edits(hers, one, "another secret")
    await reacts(his, two, "👍")
    await hers.hears(type="reaction")
    await deletes(hers, two)
    await his.hears(type="message", isDeleted=True)
    for tab in carols:
        await tab.says(type="read", conversationId=group, messageId=two["messageId"])
        await tab.hears_error("unknown_message")
        await reacts(tab, two, "👍")
        await tab.hears_error("unknown_message")
        await tab.writes(group, "what?", replyToMessageId=two["messageId"])
        await tab.hears_error("invalid_reply")
    [three] = await write(hers, group, "three")
    await edits(hers, three, "tres")
    for tab in carols:
        fence = {"content": "tres", "revision": 4}
        await tab.hears_nothing(messageId=one["messageId"], until={"content": "three"})
        await tab.hears_nothing(type="reaction", until=fence)
        await tab.hears_nothing(isDeleted=True)


async def test_an_admin_opens_and_closes_it(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    group = await hidden_group(alice, bob)
    hers = await open_tab(alice)
    [one] = await write(hers, group, "one")
    await adds(alice, group, carol)
    carols = await open_tab(carol)
    path = f"/api/conversations/{group}/messages/"

    async def sees_edits(tab: Tab, text: str) -> bool:
        await edits(hers, one, text)
        await hers.hears(content=text)
        await hers.writes(group, f"after {text}")
        await hers.hears(content=f"after {text}")
        after = await tab.hears(content=f"after {text}")
        return any(event.get("content") == text for event in tab.heard_before(after))

    assert texts(await carol.gets(path)) == []
    assert not await sees_edits(carols, "uno")
    await changes(alice, f"{group}/", historyVisible=True)
    await carols.hears(type="conversation", conversationId=group)
    assert await sees_edits(carols, "un")
    assert len(texts(await carol.gets(path))) == 3
    await changes(alice, f"{group}/", historyVisible=False)
    assert not await sees_edits(carols, "ett")
    await is_refused(bob, f"{group}/", historyVisible=True)
    assert len(texts(await carol.gets(path))) == 3
    assert len(texts(await bob.gets(path))) == 4
