"""What counts as read, where a conversation opens, and the ways through what is unread."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

# To the site's own Django, which stores many messages at once.
STORE = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from conversations.models import Conversation, Message, Participant
writer = get_user_model().objects.get(username="{writer}")
place = Participant.objects.select_related("conversation").get(user=writer)
now = timezone.now()
Message.objects.bulk_create(
    Message(
        conversation=place.conversation, sender=writer, sequence=number, created_at=now,
        client_message_id=f"line-{{number}}", content=f"line {{number}}.",
    )
    for number in range(1, {count} + 1)
)
Conversation.objects.filter(pk=place.conversation_id).update(sequence={count}, active_at=now)
places = Participant.objects.filter(conversation=place.conversation_id)
places.filter(user=writer).update(read_sequence={count})
places.exclude(user=writer).update(read_sequence={read})
"""


def writes_many(site: ServerSite, bob: ChatPage, count: int, *, read: int) -> None:
    """Bob has said ``count`` lines, of which Alice has read the first ``read``."""
    site.manage("shell", "-c", STORE.format(writer=bob.name, count=count, read=read))
    bob.page.goto("/")
    bob.is_connected()


@pytest.mark.parametrize("way", ["hiding the tab", "using another window"])
def test_of_what_came_while_she_looked_away_only_what_she_then_sees_is_read(
    alice: ChatPage, bob: ChatPage, way: str
) -> None:
    bob.opens_conversation_with(alice.name)
    bob.says("Seen")
    expect(bob.message("Seen")).to_have_attribute("data-state", "read")
    alice.looks_away(by=way)
    bob.says_lines(40)
    expect(bob.message("line 40.")).to_have_attribute("data-state", "delivered")
    expect(bob.message("line 1.")).to_have_attribute("data-state", "delivered")
    alice.looks_back()
    expect(alice.hook("unread-line")).to_be_in_viewport()
    expect(bob.message("line 1.")).to_have_attribute("data-state", "read")
    last = alice.lines_in_sight()[-1]
    assert last < 30
    expect(bob.message(f"line {last}.")).to_have_attribute("data-state", "read")
    expect(bob.message(f"line {last + 1}.")).to_have_attribute("data-state", "delivered")
    expect(alice.row.locator("[data-hook=unread]")).to_have_text(str(40 - last))
    expect(alice.hook("latest-count")).to_have_text(str(40 - last))
    alice.scrolls_down_to("line 40.")
    expect(bob.message("line 40.")).to_have_attribute("data-state", "read")
    expect(alice.row.locator("[data-hook=unread]")).to_be_hidden()


def test_what_comes_while_she_is_away_or_before_a_dialog_is_read_when_she_comes_back_to_it(
    alice: ChatPage, bob: ChatPage, site: ServerSite
) -> None:
    # The page is full, so it scrolls by itself as it follows what comes: that is no touch of hers.
    writes_many(site, bob, 40, read=40)
    bob.opens_conversation_with(alice.name)
    alice.page.clock.install()
    alice.page.reload()
    alice.is_connected()
    alice.page.clock.fast_forward("05:01")
    expect(bob.hook("header-presence")).to_have_text("Away")
    bob.says("Lunch?")
    expect(alice.message("Lunch?")).to_be_in_viewport()
    # A moment in sight, then the time in which marks are gathered: by then a mark had gone out.
    alice.page.clock.fast_forward("00:01")
    alice.page.clock.fast_forward("00:01")
    bob.says("Or coffee?")
    expect(bob.message("Or coffee?")).to_have_attribute("data-state", "delivered")
    expect(bob.message("Lunch?")).to_have_attribute("data-state", "delivered")
    expect(bob.hook("header-presence")).to_have_text("Away")
    alice.page.mouse.move(300, 300)
    expect(bob.message("Lunch?")).to_have_attribute("data-state", "read")
    alice.hook("privacy").click()
    bob.says("At one?")
    expect(alice.row.locator("[data-hook=unread]")).to_have_text("1")
    alice.page.clock.fast_forward("00:10")
    expect(bob.message("At one?")).to_have_attribute("data-state", "delivered")
    expect(alice.row.locator("[data-hook=unread]")).to_have_text("1")
    alice.page.keyboard.press("Escape")
    expect(bob.message("At one?")).to_have_attribute("data-state", "read")


def test_it_opens_where_reading_stopped_and_the_line_stays(
    alice: ChatPage, bob: ChatPage, site: ServerSite
) -> None:
    writes_many(site, bob, 400, read=200)
    bob.opens_conversation_with(alice.name)
    alice.page.reload()
    expect(alice.hook("unread-line")).to_be_in_viewport()
    assert alice.line_after_divider() == 201
    assert alice.lines_in_sight()[0] < 201
    expect(alice.row.locator("[data-hook=unread]")).to_have_text(
        str(400 - alice.lines_in_sight()[-1])
    )
    before = alice.message("line 201.").bounding_box()
    bob.says("Are you there?")
    expect(bob.message("Are you there?")).to_have_attribute("data-state", "delivered")
    expect(alice.hook("latest-count")).to_have_text(str(401 - alice.lines_in_sight()[-1]))
    assert alice.message("line 201.").bounding_box() == before
    assert alice.line_after_divider() == 201
    alice.scrolls_down_to("line 260.")
    alice.scrolls_up_to("line 201.")
    assert alice.line_after_divider() == 201
    assert not alice.errors + bob.errors


def test_from_the_newest_it_leads_to_the_first_unread_and_all_can_be_marked_as_read(
    alice: ChatPage, bob: ChatPage, site: ServerSite
) -> None:
    writes_many(site, bob, 120, read=0)
    bob.opens_conversation_with(alice.name)
    alice.page.reload()
    expect(alice.hook("unread-line")).to_be_in_viewport()
    assert alice.line_after_divider() == 1
    alice.scrolls_down_to("line 60.")
    read = alice.lines_in_sight()[-1]
    expect(alice.row.locator("[data-hook=unread]")).to_have_text(str(120 - read))
    expect(alice.hook("latest-count")).to_have_text(str(120 - read))
    alice.hook("latest").click()
    expect(alice.message("line 120.")).to_be_in_viewport()
    expect(alice.hook("latest")).to_be_hidden()
    expect(alice.hook("unread-above-count")).to_have_text(f"{120 - read} unread")
    alice.hook("to-first-unread").click()
    expect(alice.message(f"line {read + 1}.")).to_be_in_viewport()
    expect(alice.message(f"line {read + 1}.")).to_be_focused()
    expect(alice.hook("unread-above")).to_be_hidden()
    alice.hook("latest").click()
    alice.hook("unread-above").locator("[data-hook=mark-all-read]").click()
    expect(alice.row.locator("[data-hook=unread]")).to_be_hidden()
    expect(alice.hook("unread-above")).to_be_hidden()
    expect(bob.message("line 120.")).to_have_attribute("data-state", "read")
    assert not alice.errors + bob.errors


def test_five_thousand_unread_messages_are_read_from_the_first_on_with_a_light_page(
    alice: ChatPage, bob: ChatPage, site: ServerSite
) -> None:
    writes_many(site, bob, 5_000, read=0)
    alice.page.reload()
    expect(alice.hook("unread-line")).to_be_in_viewport()
    assert alice.line_after_divider() == 1
    alice.scrolls_down_to("line 400.")
    assert alice.hook("message").count() <= 201
    alice.scrolls_up_to("line 201.")
    assert alice.hook("message").count() <= 201
    alice.hook("latest").click()
    expect(alice.message("line 5000.")).to_be_in_viewport()
    alice.marks_all_read()
    alice.page.reload()
    expect(alice.message("line 5000.")).to_be_in_viewport()
    expect(alice.hook("unread-line")).to_have_count(0)
    assert not alice.errors


def test_what_she_marks_as_unread_stays_so_until_she_comes_back_and_bob_hears_nothing_of_it(
    alice: ChatPage, bob: ChatPage
) -> None:
    bob.opens_conversation_with(alice.name)
    for number in (1, 2, 3):
        bob.says(f"line {number}.")
    expect(bob.message("line 3.")).to_have_attribute("data-state", "read")
    elsewhere = alice.another_tab()
    alice.chooses("unread", of="line 2.")
    unread = alice.row.locator("[data-hook=unread]")
    expect(unread).to_have_text("2")
    expect(elsewhere.row.locator("[data-hook=unread]")).to_have_text("2")
    assert alice.line_after_divider() == 2
    alice.page.mouse.move(300, 300)
    bob.says("line 4.")
    expect(unread).to_have_text("3")
    expect(bob.message("line 4.")).to_have_attribute("data-state", "delivered")
    expect(bob.message("line 3.")).to_have_attribute("data-state", "read")
    alice.page.reload()
    alice.is_connected()
    expect(unread).to_have_text("3")
    assert alice.line_after_divider() == 2
    alice.row.click()
    expect(bob.message("line 4.")).to_have_attribute("data-state", "read")
    expect(unread).to_be_hidden()
    assert not alice.errors + bob.errors


def test_a_conversation_is_marked_as_unread_in_the_list_by_keys_alone(
    alice: ChatPage, bob: ChatPage
) -> None:
    bob.opens_conversation_with(alice.name)
    bob.says("line 1.")
    alice.says("Mine.")
    unread = alice.row.locator("[data-hook=unread]")
    mark = alice.hook("mark-unread")
    expect(mark).to_have_accessible_name(f"Mark \u2068{bob.name}\u2069 as unread")
    alice.row.focus()
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Enter")
    expect(unread).to_have_text("1")
    expect(mark).to_be_hidden()
    expect(alice.row).to_be_focused()
    assert alice.line_after_divider() == 1
    assert not alice.errors + bob.errors
