"""Messages that carry an upload, and who may see it."""

from __future__ import annotations

import asyncio

import pytest

from tests.cast import Event, Person, Tab
from tests.conftest import OpenTab
from tests.pictures import drawn
from tests.sites import ServerSite

NOWHERE = "/media/00000000-0000-4000-8000-000000000000/"


async def sends(tab: Tab, room: int, said: Event, content: str = "", **more: str) -> Event:
    """Send the upload, and hear the echo."""
    client_id = await tab.writes(room, content, mediaUrl=said["mediaUrl"], **more)
    return await tab.hears(type="message", clientMessageId=client_id)


async def status(person: Person, url: str) -> int:
    """Whether the person may see what is at the address."""
    return (await person.client.get(url)).status_code


async def test_a_message_says_all_that_the_upload_did(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    said = await alice.has_uploaded(drawn("PNG", size=(800, 600)), "plan.png")
    await sends(hers, room, said)
    heard = await his.hears(type="message", content="")
    assert heard.items() >= said.items()
    assert said.keys() >= {"mediaWidth", "mediaHeight", "thumbnailUrl"}
    page = await bob.gets(f"/api/conversations/{room}/messages/")
    assert page["messages"][0].items() >= said.items()
    caught_up = await open_tab(bob, resume=f"{room}:0")
    assert (await caught_up.hears(type="message", isCatchup=True)).items() >= said.items()


async def test_it_is_for_those_whom_it_was_sent_to(
    alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    said = await alice.has_uploaded(drawn("PNG", size=(800, 600)))
    urls = (said["mediaUrl"], said["thumbnailUrl"])
    for url in urls:
        assert [await status(one, url) for one in (alice, bob, carol)] == [200, 404, 404]
    await sends(hers, room, said)
    for url in urls:
        assert [await status(one, url) for one in (alice, bob, carol)] == [200, 200, 404]
    assert await status(alice, NOWHERE) == 404


async def test_who_was_removed_sees_it_no_more(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    group = await alice.starts_conversation(bob, carol, title="Plans")
    hers = await open_tab(alice)
    said = await alice.has_uploaded(b"the plan", "plan.txt")
    await sends(hers, group, said)
    assert await status(carol, said["mediaUrl"]) == 200
    path = f"/api/conversations/{group}/participants/{carol.user_id}/"
    assert (await alice.asks("DELETE", path)).status_code == 204
    assert await status(carol, said["mediaUrl"]) == 404
    assert await status(bob, said["mediaUrl"]) == 200


async def test_who_came_later_sees_it_where_they_may_see_its_message(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab
) -> None:
    body = {"participantIds": [bob.user_id], "title": "Secrets", "historyVisible": False}
    group = (await alice.asks("POST", "/api/conversations/", body)).json()["conversationId"]
    hers = await open_tab(alice)
    said = await alice.has_uploaded(b"the plan", "plan.txt")
    await sends(hers, group, said)
    path = f"/api/conversations/{group}/participants/"
    assert (await alice.asks("POST", path, {"userId": carol.user_id})).status_code == 201
    assert [await status(one, said["mediaUrl"]) for one in (bob, carol)] == [200, 404]
    await sends(hers, group, said)
    assert await status(carol, said["mediaUrl"]) == 200


async def test_what_was_deleted_is_seen_no_more(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers = await open_tab(alice)
    said = await alice.has_uploaded(b"the plan", "plan.txt")
    first = await sends(hers, room, said, clientMessageId="1")
    second = await sends(hers, room, said, clientMessageId="2")
    for message, then in ((first, 200), (second, 404)):
        assert await status(bob, said["mediaUrl"]) == 200
        await hers.says(
            type="message", conversationId=room, messageId=message["messageId"], isDeleted=True
        )
        gone = await hers.hears(type="message", isDeleted=True)
        assert not gone.keys() & said.keys() - {"messageType"}
        assert await status(bob, said["mediaUrl"]) == then
    # Her client may not have heard that it came through.
    await sends(hers, room, said, clientMessageId="1")


REMOVE = """
from datetime import UTC, datetime
from conversations import services
assert services.remove_upload(media_id="{media_id}", now=datetime.now(UTC))
"""


@pytest.mark.parametrize("site", ["cluster"], indirect=True)
async def test_what_an_operator_removes_is_deleted_wherever_it_was_sent(
    site: ServerSite, alice: Person, bob: Person, carol: Person, room: int, open_tab: OpenTab
) -> None:
    group = await alice.starts_conversation(bob, carol, title="Plans")
    hers, his = await open_tab(alice), await open_tab(bob)
    said = await alice.has_uploaded(drawn("PNG"))
    sent = [await sends(hers, where, said) for where in (room, group, room)]
    script = REMOVE.format(media_id=said["mediaUrl"].split("/")[2])
    await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", script)
    for message in sent:
        gone = await his.hears(type="message", messageId=message["messageId"], isDeleted=True)
        assert "mediaUrl" not in gone
    assert [await status(one, said["mediaUrl"]) for one in (alice, bob, carol)] == [404] * 3


async def test_the_text_beside_it_may_be_changed(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    said = await alice.has_uploaded(drawn("PNG"))
    sent = await sends(hers, room, said, "our plan")
    for content in ("the plan", ""):
        await hers.says(
            type="message", conversationId=room, messageId=sent["messageId"], content=content
        )
        changed = await his.hears(type="message", messageId=sent["messageId"], content=content)
        assert changed.items() >= said.items()


async def test_the_type_of_the_message_is_that_of_the_upload(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    image = await alice.has_uploaded(drawn("PNG"))
    file = await alice.has_uploaded(b"the plan", "plan.txt")
    assert (await sends(tab, room, image))["messageType"] == "image"
    assert (await sends(tab, room, image, messageType="text"))["messageType"] == "image"
    assert (await sends(tab, room, image, messageType="image"))["messageType"] == "image"
    assert (await sends(tab, room, file, "see there"))["messageType"] == "file"
    for said, kind in ((file, "image"), (image, "file"), (image, "audio")):
        await tab.writes(room, "", mediaUrl=said["mediaUrl"], messageType=kind)
        await tab.hears_error("invalid_media")


async def test_only_what_she_uploaded_herself_may_be_sent(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    hers, his = await open_tab(alice), await open_tab(bob)
    said = await bob.has_uploaded(b"mine")
    await sends(his, room, said)
    url = said["mediaUrl"]
    for wrong in (url, NOWHERE, url[:-1], f"{url}thumbnail/", f"http://x{url}", "/media/x/", "x"):
        await hers.writes(room, "look", mediaUrl=wrong)
        await hers.hears_error("invalid_media", conversationId=room)
    await hers.writes(room, "nothing of that")
    await his.hears_nothing(
        type="message", content="look", until={"content": "nothing of that", "sequence": 2}
    )


async def test_sent_again_it_is_the_same_message_unless_the_upload_is_another(
    alice: Person, room: int, open_tab: OpenTab
) -> None:
    tab = await open_tab(alice)
    said = await alice.has_uploaded(drawn("PNG"))
    other = await alice.has_uploaded(drawn("PNG"))
    first = await sends(tab, room, said, clientMessageId="1")
    assert await sends(tab, room, said, clientMessageId="1") == first
    assert await sends(tab, room, said, clientMessageId="1", messageType="image") == first
    for more in ({"mediaUrl": other["mediaUrl"]}, {"mediaUrl": ""}):
        await tab.writes(room, "and", clientMessageId="1", **more)
        await tab.hears_error("client_id_reused")
