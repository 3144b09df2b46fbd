"""A client says whom it believes to be: the tabs of a browser share one cookie, and another tab may
have signed in as somebody else."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.conftest import OpenTab


def expecting(person: Person, of: Person) -> dict[str, str]:
    """The headers of a page of ``person`` in the browser that is signed in as ``of``."""
    token = of.client.cookies["csrftoken"]
    return {"X-Expected-User": str(person.user_id), "X-CSRFToken": token}


async def test_a_stream_that_was_meant_for_another_account_is_closed_before_anything_is_told(
    alice: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await carol.opens_tab(user=alice.user_id, resume=f"{room}:0:0")
    await tab.closed_with(4409)
    assert tab.frames == []
    hers = await carol.opens_tab(user=carol.user_id)
    await hers.hears(type="ready", senderId=carol.user_id)


@pytest.mark.parametrize("user", ["x", "1&user=2", "%FF", "-1"])
async def test_a_user_that_is_none_is_not_hers(alice: Person, user: str) -> None:
    tab = await alice.opens_tab(user=user)
    await tab.closed_with(4409)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/conversations/", None),
        ("POST", "/api/conversations/", {"participantIds": [1]}),
        ("GET", "/api/conversations/{room}/messages/", None),
        ("PATCH", "/api/conversations/{room}/", {"title": "Hers"}),
        ("DELETE", "/api/conversations/{room}/participants/{alice}/", None),
        ("GET", "/api/privacy/", None),
        ("POST", "/api/privacy/", {"showsPresence": False}),
        ("GET", "/api/people/?q=a", None),
        ("POST", "/api/media/", None),
    ],
)
async def test_a_request_that_was_meant_for_another_account_does_and_tells_nothing(
    alice: Person, carol: Person, method: str, path: str, body: object
) -> None:
    room = await carol.starts_conversation(alice, title="Ours")
    path = path.format(room=room, alice=carol.user_id)
    answer = await carol.client.request(method, path, json=body, headers=expecting(alice, of=carol))
    assert (answer.status_code, answer.json()["code"]) == (412, "wrong_account")
    shape = await carol.gets(f"/api/conversations/{room}/")
    assert (shape["title"], len(shape["participants"])) == ("Ours", 2)
    assert (await carol.gets("/api/privacy/"))["showsPresence"] is True


async def test_a_request_of_the_one_it_is_meant_for_is_answered(alice: Person) -> None:
    answer = await alice.client.get("/api/privacy/", headers=expecting(alice, of=alice))
    assert answer.status_code == 200


async def test_another_account_is_said_rather_than_that_the_token_is_old(
    alice: Person, carol: Person
) -> None:
    """A sign-in replaces the token, and the page of before has the old one."""
    headers = {**expecting(alice, of=carol), "X-CSRFToken": alice.client.cookies["csrftoken"]}
    answer = await carol.client.post("/api/privacy/", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (412, "wrong_account")
    headers["X-Expected-User"] = str(carol.user_id)
    answer = await carol.client.post("/api/privacy/", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_who_is_signed_out_is_told_so_whomever_they_expect(
    alice: Person, carol: Person
) -> None:
    await carol.signs_out()
    answer = await carol.client.get(
        "/api/privacy/", headers={"X-Expected-User": str(alice.user_id)}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    without_token = {"X-Expected-User": str(alice.user_id)}
    answer = await carol.client.post("/api/privacy/", json={}, headers=without_token)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
