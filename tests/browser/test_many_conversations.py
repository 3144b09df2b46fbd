"""Somebody with more unread conversations than a connection may send frames at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocket

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

MANY = 1_000
PATIENCE_MS = 30_000
"""They are read fifty at a time, since the page begins with a few of them."""

# Each with one message of somebody else, made without the site, which would take minutes.
MAKE_CONVERSATIONS = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from conversations.models import Conversation, Message, Participant

now = timezone.now()
reader = get_user_model().objects.get(username="{reader}")
writer = get_user_model().objects.create_user("writer-of-{reader}")
rooms = Conversation.objects.bulk_create(
    Conversation(sequence=1, created_at=now, active_at=now) for _ in range({count})
)
Participant.objects.bulk_create(
    Participant(conversation=room, user=user, joined_at=now)
    for room in rooms
    for user in (reader, writer)
)
Message.objects.bulk_create(
    Message(
        conversation=room,
        sequence=1,
        sender=writer,
        client_message_id="a",
        content="hi",
        created_at=now,
    )
    for room in rooms
)
"""

# How many of the reader's conversations are delivered to their device, as the server says.
COUNT_DELIVERED = """async () => {
  const { conversations } = await (await fetch("/api/conversations/")).json();
  const own = JSON.parse(document.getElementById("bootstrap").textContent).userId;
  const marks = conversations.map(({ participants }) =>
    participants.find(({ userId }) => userId === own));
  return marks.filter(({ deliveredSequence }) => deliveredSequence === 1).length;
}"""


def test_a_thousand_unread_conversations_are_marked_on_one_connection(
    sign_up: Callable[[str], ChatPage], site: ServerSite
) -> None:
    alice = sign_up("alice")
    site.manage("shell", "-c", MAKE_CONVERSATIONS.format(reader=alice.name, count=MANY))
    opened: list[WebSocket] = []
    alice.page.on("websocket", lambda socket: opened.append(socket))
    alice.page.reload()
    alice.is_connected()
    counted = f"async () => await ({COUNT_DELIVERED})() === {MANY}"
    alice.page.wait_for_function(counted, polling=1_000, timeout=PATIENCE_MS)
    [socket] = opened
    assert not socket.is_closed()
    assert not alice.errors
