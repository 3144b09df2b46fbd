"""Lists that come in pages: of somebody's conversations, and of who is in one."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab
from tests.sites import bootstrap_of

pytestmark = pytest.mark.parametrize("site", [CONSUMER, "uvicorn"], indirect=True)

LIST = "/api/conversations/"
LISTED = 30


async def test_the_page_begins_with_the_first_of_them_and_the_rest_comes_as_asked_for(
    alice: Person, bob: Person, open_tab: OpenTab
) -> None:
    rooms = [
        await alice.starts_conversation(bob, title=f"Room {number}") for number in range(LISTED + 3)
    ]
    newest_first = rooms[::-1]
    begun = bootstrap_of((await alice.client.get("/")).text)
    shown = [shape["conversationId"] for shape in begun["conversations"]]
    assert shown == newest_first[:LISTED]
    rest = await alice.gets(LIST, limit=100, after=begun["next"])
    assert [shape["conversationId"] for shape in rest["conversations"]] == newest_first[LISTED:]
    assert "next" not in rest
    # One that is further down is there if it is open.
    page = await alice.client.get(f"/conversations/{rooms[0]}/")
    assert bootstrap_of(page.text)["openedConversation"]["conversationId"] == rooms[0]
    page = await alice.client.get(f"/conversations/{rooms[-1]}/")
    assert bootstrap_of(page.text)["openedConversation"] is None
    found = await alice.gets(LIST, q="bob roo", participants=0)
    assert {shape["conversationId"] for shape in found["conversations"]} == set(rooms)
    some = await alice.gets(LIST, ids=f"{rooms[3]},{rooms[1]},{10**9}")
    assert [shape["conversationId"] for shape in some["conversations"]] == [rooms[3], rooms[1]]
    whole = await alice.gets(LIST)
    assert [shape["conversationId"] for shape in whole["conversations"]] == newest_first


async def test_the_page_is_told_where_a_device_has_yet_to_hold_something(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    await hers.writes(room, "hi")
    message = await hers.hears(type="message", content="hi")
    begun = bootstrap_of((await bob.client.get("/")).text)
    assert begun["undelivered"] == [room]
    his = await open_tab(bob)
    await his.says(type="delivered", conversationId=room, messageId=message["messageId"])
    await hers.hears(type="delivered", senderId=bob.user_id)
    assert bootstrap_of((await bob.client.get("/")).text)["undelivered"] == []


async def test_answers_have_as_many_participants_as_are_asked_for(
    alice: Person, bob: Person, carol: Person
) -> None:
    room = await alice.starts_conversation(bob, carol, title="The team")
    path = f"{LIST}{room}/"
    for answer in (
        await alice.gets(path, participants=2),
        (await alice.asks("PATCH", f"{path}?participants=2", {"title": "We"})).json(),
        (
            await alice.asks("POST", f"{path}participants/?participants=2", {"userId": bob.user_id})
        ).json(),
    ):
        assert (len(answer["participants"]), answer["participantCount"]) == (2, 3)
    assert len((await alice.gets(path))["participants"]) == 3
    page = await alice.gets(f"{path}participants/", limit=2)
    assert [one["userId"] for one in page["participants"]] == [alice.user_id, bob.user_id]
    rest = await alice.gets(f"{path}participants/", limit=2, after=page["next"])
    assert [one["userId"] for one in rest["participants"]] == [carol.user_id]
    [found] = (await alice.gets(f"{path}participants/", q=carol.name))["participants"]
    assert found["userId"] == carol.user_id


async def test_what_cannot_be_asked_for_is_refused_and_nothing_is_done(
    alice: Person, bob: Person, carol: Person, room: int
) -> None:
    too_many = ",".join(map(str, range(101)))
    refused = [
        "?limit=x", "?limit=2&after=x", "?after=1-1", "?limit=2&q=bob", "?ids=1,x",
        f"?ids={too_many}", "?participants=-1", f"{room}/?participants=x",
        f"{room}/participants/?after=2-2", f"{room}/participants/?limit=-1",
    ]  # fmt: skip
    for query in refused:
        answer = await alice.client.get(f"{LIST}{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame"), query
    body = {"participantIds": [carol.user_id]}
    assert (await alice.asks("POST", f"{LIST}?participants=all", body)).status_code == 400
    assert len((await alice.gets(LIST))["conversations"]) == 1
    stranger = await carol.client.get(f"{LIST}{room}/participants/")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_a_participant")
