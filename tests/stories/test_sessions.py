"""Sessions and accounts that end without a word: nothing is sent to live sockets about them."""

from __future__ import annotations

import asyncio

import pytest

from chatsite.realtime.database import in_database
from tests.cast import Person
from tests.conftest import OpenTab
from tests.sites import Site

ENDS_OF_ACCOUNT = {
    "deactivated": "users.update(is_active=False)",
    "given another password": "users.update(password='another')",
}

ENDS_OF_SESSION = {
    "removed": "sessions.delete()",
    "expired": "sessions.update(expire_date=timezone.now())",
}


async def ends(site: Site, person: Person, end: str) -> None:
    """Do so to their rows, in one statement."""
    script = f"""
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
users = User.objects.filter(pk={person.user_id})
sessions = Session.objects.filter(pk={person.client.cookies["sessionid"]!r})
{end}
"""
    await in_database(site.manage, "shell", "-v", "0", "-c", script)


@pytest.mark.parametrize("end", ENDS_OF_ACCOUNT)
async def test_all_tabs_of_an_account_that_ended_are_closed_and_no_others(
    site: Site, alice: Person, bob: Person, room: int, open_tab: OpenTab, end: str
) -> None:
    hers = [await open_tab(alice) for _ in range(2)]
    his = [await open_tab(bob) for _ in range(2)]
    await ends(site, alice, ENDS_OF_ACCOUNT[end])
    await asyncio.gather(*(tab.closed_with(4401) for tab in hers))
    await his[0].writes(room, "she is gone")
    await asyncio.gather(*(tab.hears(type="message", content="she is gone") for tab in his))
    again = await open_tab(alice, ready=False)
    await again.closed_with(4401)


@pytest.mark.parametrize("end", ENDS_OF_SESSION)
async def test_the_tabs_of_a_session_that_ended_are_closed_and_no_others(
    site: Site,
    alice: Person,
    bob: Person,
    people: list[Person],
    room: int,
    open_tab: OpenTab,
    end: str,
) -> None:
    """Her phone has a session of its own."""
    phone = Person(site, alice.name, site.http())
    people.append(phone)
    await phone.signs_in()
    hers = [await open_tab(alice) for _ in range(2)]
    others = [await open_tab(one) for one in (phone, phone, bob, bob)]
    await ends(site, alice, ENDS_OF_SESSION[end])
    await asyncio.gather(*(tab.closed_with(4401) for tab in hers))
    await others[0].writes(room, "still here")
    await asyncio.gather(*(tab.hears(type="message", content="still here") for tab in others))
    again = await open_tab(alice, ready=False)
    await again.closed_with(4401)
