"""Processes that are killed and restarted under people's tabs."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.cast import Person, Tab
from tests.conftest import OpenTab, StartServer
from tests.sites import ServerSite

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)

CROWD = 150

WITHIN = 15
"""Seconds, of which the lease and the sweep take nearly eight."""

GATHER = """
import json, uuid
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from conversations.models import Conversation, Participant
sessions = {{}}
for _ in range({size}):
    user = User.objects.create(username=uuid.uuid4().hex)
    now = timezone.now()
    room = Conversation.objects.create(title="A chat", created_at=now, active_at=now)
    for user_id in (user.pk, {user_id}):
        Participant.objects.create(conversation=room, user_id=user_id, joined_at=now)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    sessions[user.pk] = session.session_key
print(json.dumps(sessions))
"""


async def gather_crowd(site: ServerSite, people: list[Person], host: Person) -> list[Person]:
    """Many new people, signed in, each in a conversation with the host."""
    script = GATHER.format(size=CROWD, user_id=host.user_id)
    printed = await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", script)
    sessions: dict[str, str] = json.loads(printed.splitlines()[-1])
    crowd: list[Person] = []
    for user_id, session in sessions.items():
        person = Person(site, f"one-of-{CROWD}", site.http())
        person.user_id = int(user_id)
        person.client.cookies.set("sessionid", session)
        crowd.append(person)
    people += crowd
    return crowd


async def hears_once(tab: Tab, crowd: list[Person], status: str) -> None:
    """The tab hears it of each of them, and then no more of anybody."""
    for one in crowd:
        await tab.hears(type="presence", senderId=one.user_id, presenceStatus=status, within=WITHIN)
    await tab.hears_nothing(type="presence")


@pytest.mark.timeout(120)
async def test_a_killed_process_with_many_sockets_leaves_nobody_online(
    site: ServerSite,
    bob: Person,
    people: list[Person],
    open_tab: OpenTab,
    start_server: StartServer,
) -> None:
    doomed = start_server()
    crowd = await gather_crowd(site, people, bob)
    his = await open_tab(bob)
    await his.hears(type="presence", senderId=bob.user_id)
    for start in range(0, CROWD, 20):
        some = crowd[start : start + 20]
        await asyncio.gather(*(one.opens_tab_at(doomed) for one in some))
    await hears_once(his, crowd, "online")
    await asyncio.to_thread(doomed.kill)
    await hears_once(his, crowd, "offline")


async def test_a_rolling_restart_is_seen_by_nobody(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, start_server: StartServer
) -> None:
    grace = "3"
    old, new = start_server(PRESENCE_GRACE=grace), start_server(PRESENCE_GRACE=grace)
    his = await open_tab(bob)
    hers = [await alice.opens_tab_at(old) for _ in range(3)]
    await his.hears(type="presence", senderId=alice.user_id, presenceStatus="online")
    for leaving, other in ((old, new), (new, old)):
        stopping = asyncio.create_task(asyncio.to_thread(leaving.stop))
        await asyncio.gather(*(tab.closed_with(1012) for tab in hers))
        hers = await asyncio.gather(*(alice.opens_tab_at(other) for _ in hers))
        await stopping
        await asyncio.to_thread(leaving.start)
    await hers[0].says(type="typing", conversationId=room, isTyping=True)
    await his.hears(type="typing", isTyping=True)
    await his.hears_nothing(type="presence", senderId=alice.user_id, until={"isTyping": False})


async def test_daphne_stops_without_a_word_and_all_ends_well(
    alice: Person, bob: Person, carol: Person, open_tab: OpenTab, start_server: StartServer
) -> None:
    """Alice comes back at once; Carol does not."""
    daphne = start_server("daphne")
    await bob.starts_conversation(alice, carol, title="The team")
    his = await open_tab(bob)
    hers = await alice.opens_tab_at(daphne)
    carols = await carol.opens_tab_at(daphne)
    for one in (alice, carol):
        await his.hears(type="presence", senderId=one.user_id, presenceStatus="online")
    await asyncio.to_thread(daphne.stop)
    await asyncio.gather(hers.closed_with(1006), carols.closed_with(1006))
    await open_tab(alice)
    await his.hears(
        type="presence", senderId=carol.user_id, presenceStatus="offline", within=WITHIN
    )
    await his.hears_nothing(type="presence", senderId=alice.user_id)
