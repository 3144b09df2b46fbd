"""Whoever left a group by themselves is asked before they are in it again."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab

pytestmark = pytest.mark.parametrize("site", [CONSUMER, "cluster"], indirect=True)


@pytest.fixture
async def team(alice: Person, bob: Person, carol: Person) -> int:
    """A group of the three that Carol has left."""
    room = await alice.starts_conversation(bob, carol, title="The team")
    path = f"/api/conversations/{room}/participants/{carol.user_id}/"
    assert (await carol.asks("DELETE", path)).status_code == 204
    return room


async def invites(person: Person, other: Person, room: int) -> None:
    """Add somebody who left."""
    body = {"userId": other.user_id}
    answer = await person.asks("POST", f"/api/conversations/{room}/participants/", body)
    assert (answer.status_code, answer.json()) == (202, {"invitedId": other.user_id})


async def test_who_left_hears_of_the_invitation_and_of_nothing_else_until_they_accept(
    alice: Person, carol: Person, team: int, open_tab: OpenTab
) -> None:
    hers, carols = await open_tab(alice), await open_tab(carol)
    await invites(alice, carol, team)
    await carols.hears(type="conversation", conversationId=team)
    [invitation] = (await carol.gets("/api/invitations/"))["invitations"]
    assert invitation["conversationId"] == team
    assert (invitation["title"], invitation["inviterId"]) == ("The team", alice.user_id)
    assert (await carol.client.get(f"/api/conversations/{team}/")).status_code == 404
    await hers.writes(team, "is she back?")
    await hers.hears(type="message", content="is she back?")
    answer = await carol.asks("POST", f"/api/invitations/{team}/?participants=0")
    assert (answer.status_code, answer.json()["participantCount"]) == (201, 3)
    await hers.hears(type="conversation", conversationId=team)
    await hers.writes(team, "welcome")
    await carols.hears_nothing(content="is she back?", until={"content": "welcome"})
    assert (await carol.gets("/api/invitations/"))["invitations"] == []


async def test_who_declines_is_not_asked_again_at_once(
    alice: Person, bob: Person, carol: Person, team: int, open_tab: OpenTab
) -> None:
    carols = await open_tab(carol)
    await invites(bob, carol, team)
    await carols.hears(type="conversation", conversationId=team)
    path = f"/api/invitations/{team}/"
    assert (await carol.asks("DELETE", path)).status_code == 204
    await carols.hears(type="conversation", conversationId=team)
    body = {"userId": carol.user_id}
    again = await alice.asks("POST", f"/api/conversations/{team}/participants/", body)
    assert (again.status_code, again.json()["code"]) == (429, "rate_limited")
    assert again.json()["reason"] == "declined_lately"
    assert 86_000 < int(again.headers["Retry-After"]) <= 86_400
    for method in ("POST", "DELETE"):
        answer = await carol.asks(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_a_participant")
    assert (await bob.asks("POST", path)).status_code == 404, "it is not his"
