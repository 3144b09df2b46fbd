"""A long list of conversations and a large group: what is not loaded comes as one goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

CONVERSATIONS = 120
MEMBERS = 510

# Made without the site, which would take minutes. "Room 119" is the last in the list.
MAKE = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from conversations import services
from conversations.models import Conversation, Message, Participant

now = timezone.now()
reader = get_user_model().objects.get(username="{reader}")
people = get_user_model().objects.bulk_create(
    get_user_model()(username=f"{reader}-{{number:03}}") for number in range({members})
)
services.settle_people([person.pk for person in people], is_new=True)
rooms = Conversation.objects.bulk_create(
    Conversation(
        title=f"Room {{number}}",
        sequence=1,
        created_at=now,
        active_at=now - timedelta(minutes=number),
    )
    for number in range({conversations})
)
Participant.objects.bulk_create(
    Participant(
        conversation=room,
        user=user,
        joined_at=now,
        delivered_sequence=1,
        is_admin=user == reader,
    )
    for room in rooms
    for user in (reader, people[0])
)
Participant.objects.bulk_create(
    Participant(conversation=rooms[0], user=person, joined_at=now) for person in people[1:]
)
Message.objects.bulk_create(
    Message(
        conversation=room,
        sequence=1,
        sender=people[0],
        client_message_id="a",
        content="hi",
        created_at=room.active_at,
    )
    for room in rooms
)
"""


def goes_on_to_the_end(alice: ChatPage, name: str, count: int, step: Callable[[], None]) -> None:
    """Take the step, which leads to the end of what is here, until there are so many elements."""
    elements = alice.hook(name)
    while (before := elements.count()) < count:
        step()
        expect(elements.nth(before)).to_be_attached()
    expect(elements).to_have_count(count)


def test_a_long_list_and_a_large_group_are_scrolled_and_searched(
    sign_up: Callable[[str], ChatPage], site: ServerSite
) -> None:
    alice = sign_up("alice")
    make = MAKE.format(reader=alice.name, members=MEMBERS, conversations=CONVERSATIONS)
    site.manage("shell", "-v", "0", "-c", make)
    alice.page.reload()
    alice.is_connected()
    expect(alice.page).to_have_title(f"({CONVERSATIONS}) Chat")
    assert alice.row.count() < CONVERSATIONS
    # What is looked for is found before it is scrolled to.
    alice.hook("filter").fill("room 111")
    expect(alice.row.filter(has_text="Room 111")).to_have_count(1)
    alice.hook("filter").press("Escape")
    alice.row.first.focus()
    press_end = partial(alice.page.keyboard.press, "End")
    goes_on_to_the_end(alice, "conversation", CONVERSATIONS, press_end)
    assert alice.hook("conversation-title").all_text_contents() == [
        f"Room {number}" for number in range(CONVERSATIONS)
    ]

    alice.row.first.click()
    expect(alice.hook("header-presence")).to_contain_text(f"{MEMBERS + 1} people")
    alice.hook("group").click()
    expect(alice.hook("member").first).to_contain_text(alice.name)
    assert alice.hook("member").count() < MEMBERS
    alice.hook("member-filter").fill(f"{alice.name}-508")
    expect(alice.hook("member")).to_have_count(1)
    alice.hook("member-filter").clear()
    scroll = alice.hook("member").last.scroll_into_view_if_needed
    goes_on_to_the_end(alice, "member", MEMBERS + 1, scroll)
    assert not alice.errors
