"""The HTTP API beside the stream, refusals included."""

from __future__ import annotations

import asyncio

import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.sites import Site

NOWHERE = 2**40


async def test_two_people_have_one_direct_conversation(alice: Person, bob: Person) -> None:
    body = {"participantIds": [bob.user_id]}
    first = await alice.asks("POST", "/api/conversations/", body)
    assert first.status_code == 201
    again = await alice.asks("POST", "/api/conversations/", body)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert await bob.starts_conversation(alice) == first.json()["conversationId"]


async def test_asked_for_at_once_it_is_still_one(alice: Person, bob: Person) -> None:
    asks = [alice.starts_conversation(bob), bob.starts_conversation(alice)] * 1
    more = [alice.starts_conversation(bob), bob.starts_conversation(alice)]
    assert len(set(await asyncio.gather(*asks, *more))) == 1


async def test_with_a_title_each_is_a_new_one(alice: Person, bob: Person, room: int) -> None:
    body = {"participantIds": [bob.user_id], "title": " The plan "}
    answers = [await alice.asks("POST", "/api/conversations/", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    ids = {answer.json()["conversationId"] for answer in answers}
    assert len(ids | {room}) == 3
    shape = answers[0].json()
    assert (shape["title"], shape["isDirect"]) == ("The plan", False)


async def test_the_list_has_the_newest_activity_first(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    other = await alice.starts_conversation(carol)
    tab = await open_tab(alice)
    await tab.writes(room, "hi")
    message = await tab.hears(type="message")
    newest, oldest = (await alice.gets("/api/conversations/"))["conversations"]
    assert [newest["conversationId"], oldest["conversationId"]] == [room, other]
    assert newest["lastMessage"] == message
    assert newest["isDirect"] is True
    assert (newest["sequence"], newest["readSequence"], newest["unread"]) == (1, 1, 0)
    people = {person["userId"]: person["name"] for person in newest["participants"]}
    assert people == {alice.user_id: alice.name, bob.user_id: bob.name}
    assert "lastMessage" not in oldest
    assert newest["activeAt"] == newest["lastMessage"]["timestamp"] > oldest["activeAt"]


async def test_pages_of_messages_go_back_from_the_newest(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    for number in range(1, 6):
        await tab.writes(room, str(number))
        await tab.hears(type="message", content=str(number))
    path = f"/api/conversations/{room}/messages/"
    page = await alice.gets(path, limit=2)
    assert [message["content"] for message in page["messages"]] == ["5", "4"]
    assert page["hasMore"] is True
    page = await alice.gets(path, before=4, limit=3)
    assert [message["content"] for message in page["messages"]] == ["3", "2", "1"]
    assert page["hasMore"] is False
    assert page["messages"][0]["type"] == "message"


async def test_what_is_not_hers_looks_like_what_does_not_exist(
    alice: Person, carol: Person, room: int
) -> None:
    for method, path, body in (
        ("GET", "messages/", None),
        ("POST", "participants/", {"userId": carol.user_id}),
        ("DELETE", f"participants/{alice.user_id}/", None),
    ):
        theirs = await carol.asks(method, f"/api/conversations/{room}/{path}", body)
        nowhere = await carol.asks(method, f"/api/conversations/{NOWHERE}/{path}", body)
        assert theirs.status_code == nowhere.status_code == 404
        assert theirs.json() == nowhere.json()
        assert theirs.json()["code"] == "not_a_participant"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_frame"),
        ({"participantIds": "1"}, "invalid_frame"),
        ({"participantIds": []}, "invalid_frame"),
        ({"participantIds": [NOWHERE]}, "invalid_frame"),
        ({"participantIds": [2**70]}, "invalid_frame"),
        ({"participantIds": [1], "title": "a" * 1000}, "invalid_frame"),
        ([], "invalid_frame"),
    ],
)
async def test_a_bad_request_is_refused(alice: Person, body: object, code: str) -> None:
    answer = await alice.asks("POST", "/api/conversations/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["content"]
    assert (await alice.gets("/api/conversations/"))["conversations"] == []


async def test_nobody_starts_a_conversation_with_herself(alice: Person) -> None:
    answer = await alice.asks("POST", "/api/conversations/", {"participantIds": [alice.user_id]})
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["?before=x", "?limit=x", "?before=-1", f"?before={2**70}"])
async def test_a_page_that_makes_no_sense_is_refused(alice: Person, room: int, query: str) -> None:
    answer = await alice.client.get(f"/api/conversations/{room}/messages/{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame")


async def test_presence_is_shown_of_those_she_shares_a_conversation_with(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    await open_tab(bob)
    await open_tab(carol)
    users = f"{bob.user_id},{carol.user_id},{NOWHERE}"
    [shown] = (await alice.gets("/api/presence/", users=users))["presences"]
    assert shown.keys() >= {"senderId", "presenceStatus", "timestamp", "lastSeenDisplay"}
    assert shown["senderId"] == bob.user_id
    assert shown["presenceStatus"] == "online"
    assert shown["lastSeenDisplay"] == "Online"


async def test_people_are_found_by_the_beginnings_of_words(alice: Person, bob: Person) -> None:
    # "bob12-a1b2c3" has two words, and may be looked for by either.
    first, second = bob.name.split("-")
    for text in (bob.name[:-2], bob.name.upper(), f"{second[:-1]} {first}"):
        found = (await alice.gets("/api/people/", q=text))["people"]
        assert {"userId": bob.user_id, "name": bob.name, "username": bob.name} in found
    assert (await alice.gets("/api/people/", q=alice.name))["people"] == []


async def test_without_a_session_there_is_401_and_no_csrf_token_is_403(
    site: Site, alice: Person, bob: Person
) -> None:
    async with site.http() as nobody:
        for path in ("/api/conversations/", "/api/presence/?users=1", "/api/people/?q=a"):
            answer = await nobody.get(path)
            assert answer.status_code == 401
            assert answer.json().keys() == {"code", "content"}
    body = {"participantIds": [bob.user_id]}
    answer = await alice.client.post("/api/conversations/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_an_id_that_no_database_can_hold_is_not_there(alice: Person) -> None:
    answer = await alice.client.get(f"/api/conversations/{10**20}/messages/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["", "nowhere", "nowhere/", "conversations/x/", "media/x/y"])
async def test_where_nothing_is_the_api_says_so_in_json(
    alice: Person, method: str, path: str
) -> None:
    answer = await alice.asks(method, f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["content"]


async def test_a_page_that_is_none_stays_a_page(alice: Person) -> None:
    answer = await alice.client.get("/nowhere/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_without_its_slash_an_address_leads_to_the_one_with_it(alice: Person) -> None:
    answer = await alice.client.get("/api/privacy")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/privacy/")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "conversations/", "GET, POST"),
        ("POST", "presence/", "GET"),
        ("GET", "media/", "POST"),
    ],
)
async def test_what_is_asked_by_another_method_is_refused_in_json(
    alice: Person, method: str, path: str, allowed: str
) -> None:
    answer = await alice.asks(method, f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


async def test_the_pages_are_for_who_is_signed_in(site: Site, alice: Person, room: int) -> None:
    async with site.http() as nobody:
        for path in ("/", f"/conversations/{room}/"):
            answer = await nobody.get(path)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/accounts/login/")
    answer = await alice.client.get(f"/conversations/{room}/")
    assert answer.status_code == 200


async def test_a_direct_conversation_stays_between_two(
    alice: Person, carol: Person, room: int
) -> None:
    path = f"/api/conversations/{room}/participants/"
    added = await alice.asks("POST", path, {"userId": carol.user_id})
    assert (added.status_code, added.json()["code"]) == (403, "not_allowed")
    left = await alice.asks("DELETE", f"{path}{alice.user_id}/")
    assert left.status_code == 403
    assert (await carol.gets("/api/conversations/"))["conversations"] == []


async def test_health_and_metrics_are_there_for_everybody(site: Site) -> None:
    async with site.http() as nobody:
        assert (await nobody.get("/healthz")).status_code == 200
        metrics = await nobody.get("/metrics")
        assert metrics.status_code == 200
        assert "# TYPE" in metrics.text
