"""What can be done with a message, and what the other one sees of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def conversation(alice: ChatPage, bob: ChatPage) -> None:
    """Both have it open."""
    bob.opens_conversation_with(alice.name)


def test_an_edit_is_seen_and_said(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("Helo")
    expect(bob.message("Helo")).to_be_visible()
    alice.chooses("edit", of="Helo")
    alice.hook("composer").fill("Hello")
    alice.sends()
    expect(bob.message("Hello").locator("[data-hook=edited]")).to_be_visible()
    expect(alice.message("Hello").locator("[data-hook=edited]")).to_be_visible()
    assert bob.texts() == ["Hello"]
    bob.page.reload()
    expect(bob.message("Hello").locator("[data-hook=edited]")).to_be_visible()
    bob.asks_for_menu_of("Hello")
    expect(bob.hook("menu-reply")).to_be_visible()
    expect(bob.hook("menu-edit")).to_be_hidden()
    expect(bob.hook("menu-delete")).to_be_hidden()


def test_deleting_is_asked_about_first(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("Too much")
    alice.chooses("delete", of="Too much")
    alice.hook("delete-cancel").click()
    expect(bob.message("Too much")).to_be_visible()
    alice.chooses("delete", of="Too much")
    alice.hook("delete-confirm").click()
    expect(bob.message("Deleted message")).to_be_visible()
    expect(bob.message("Too much")).to_have_count(0)
    expect(bob.row).to_contain_text("Deleted message")
    expect(bob.message("Deleted message").locator("[data-hook=tools]")).to_be_hidden()


def test_reactions_are_counted_and_taken_back(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("Lunch?")
    bob.reacts("👍", to="Lunch?")
    chip = alice.message("Lunch?").locator("[data-hook=reaction]")
    expect(chip).to_have_attribute("data-who", f"\u2068{bob.name}\u2069")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(chip).to_have_text("👍2")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(bob.message("Lunch?").locator("[data-hook=chip-count]")).to_have_text("2")
    chip.click()
    expect(chip).to_have_text("👍1")
    bob.reacts("👍", to="Lunch?")
    expect(chip).to_have_count(0)
    bob.asks_for_menu_of("Lunch?")
    bob.hook("quick-more").click()
    bob.hook("emoji-search").fill("pizza")
    bob.hook("emoji").filter(has_text="🍕").click()
    expect(chip).to_have_text("🍕1")


def test_a_reply_leads_to_what_it_answers_however_far_up(alice: ChatPage, bob: ChatPage) -> None:
    bob.says("Where it began")
    bob.says_lines(90)
    expect(alice.message("line 90.")).to_be_visible()
    alice.marks_all_read()
    alice.chooses("reply", of="Where it began")
    alice.says("I remember")
    expect(bob.message("I remember").locator("[data-hook=quote-excerpt]")).to_have_text(
        "Where it began"
    )
    alice.page.reload()
    quote = alice.message("I remember").locator("[data-hook=quote]")
    expect(quote).to_contain_text(bob.name)
    origin = alice.message("Where it began")
    expect(origin).to_have_count(0)
    quote.click()
    expect(origin).to_be_in_viewport()
    expect(origin).to_be_focused()
    expect(alice.message("I remember")).not_to_be_in_viewport()
    alice.hook("latest").click()
    expect(alice.message("I remember")).to_be_in_viewport()
    expect(alice.hook("latest")).to_be_hidden()
    assert not alice.errors + bob.errors


def test_what_comes_while_one_reads_further_up_is_counted_and_moves_nothing(
    alice: ChatPage, bob: ChatPage
) -> None:
    bob.says_lines(60)
    expect(alice.message("line 60.")).to_be_visible()
    alice.marks_all_read()
    expect(bob.message("line 60.")).to_have_attribute("data-state", "read")
    alice.message("line 20.").scroll_into_view_if_needed()
    expect(alice.hook("latest")).to_be_visible()
    before = alice.message("line 20.").bounding_box()
    bob.says("Are you there?")
    expect(alice.hook("latest-count")).to_have_text("1")
    assert alice.message("line 20.").bounding_box() == before
    expect(bob.message("Are you there?")).to_have_attribute("data-state", "delivered")
    alice.hook("latest").click()
    expect(alice.message("Are you there?")).to_be_in_viewport()
    expect(bob.message("Are you there?")).to_have_attribute("data-state", "read")
    expect(alice.hook("latest")).to_be_hidden()


def test_older_messages_come_in_above_without_a_jump(alice: ChatPage, bob: ChatPage) -> None:
    bob.says_lines(95)
    expect(alice.message("line 95.")).to_be_visible()
    # With unread ones she would be shown where these begin.
    alice.marks_all_read()
    expect(bob.message("line 95.")).to_have_attribute("data-state", "read")
    alice.page.reload()
    expect(alice.message("line 95.")).to_be_in_viewport()
    expect(alice.message("line 1.")).to_have_count(0)
    for _ in range(3):
        alice.hook("messages").evaluate("(element) => (element.scrollTop = 0)")
    alice.message("line 1.").scroll_into_view_if_needed()
    assert alice.texts() == [f"line {number}." for number in range(1, 96)]


def test_a_line_shows_where_the_unread_ones_begin(alice: ChatPage, bob: ChatPage) -> None:
    bob.says("Seen")
    expect(bob.message("Seen")).to_have_attribute("data-state", "read")
    alice.page.goto("/")
    alice.is_connected()
    bob.says_lines(40)
    expect(bob.message("line 40.")).to_have_attribute("data-state", "delivered")
    expect(alice.row.locator("[data-hook=unread]")).to_have_text("40")
    alice.opens_conversation_with(bob.name)
    expect(alice.hook("unread-line")).to_be_in_viewport()
    expect(alice.message("line 1.")).to_be_in_viewport()
    expect(alice.message("line 40.")).not_to_be_in_viewport()
    alice.marks_all_read()
    expect(bob.message("line 40.")).to_have_attribute("data-state", "read")


def test_ticks_tell_what_became_of_a_message(
    alice: ChatPage, bob: ChatPage, sign_up: Callable[[str], ChatPage]
) -> None:
    carol = sign_up("carol")
    alice.starts_group("Lunch", [bob.name, carol.name])
    alice.says("Noon?")
    expect(alice.message("Noon?")).to_have_attribute("data-state", "delivered")
    carol.opens_conversation_with("Lunch")
    alice.chooses("receipts", of="Noon?")
    expect(alice.hook("receipts")).to_contain_text(
        re.compile(f"Read by.*{carol.name}.*Delivered to.*{bob.name}")
    )
    alice.hook("receipts-close").click()
    bob.opens_conversation_with("Lunch")
    expect(alice.message("Noon?")).to_have_attribute("data-state", "read")
    alice.page.reload()
    expect(alice.message("Noon?")).to_have_attribute("data-state", "read")


def test_changes_that_were_missed_are_caught_up(alice: ChatPage, bob: ChatPage) -> None:
    for text in ("one", "two", "three"):
        alice.says(text)
    expect(bob.message("three")).to_be_visible()
    bob.page.context.set_offline(True)
    bob.page.evaluate("dispatchEvent(new Event('offline'))")
    alice.chooses("delete", of="one")
    alice.hook("delete-confirm").click()
    alice.reacts("👍", to="two")
    expect(alice.message("two").locator("[data-hook=reaction]")).to_be_visible()
    bob.page.context.set_offline(False)
    expect(bob.message("two").locator("[data-hook=reaction]")).to_be_visible()
    assert bob.texts() == ["Deleted message", "two", "three"]


def test_everything_is_reached_by_the_keyboard(alice: ChatPage, bob: ChatPage) -> None:
    for text in ("one", "two"):
        bob.says(text)
    expect(alice.message("two")).to_be_visible()
    alice.hook("composer").press("Shift+Tab")
    expect(alice.message("two").locator("[data-hook=tool-more]")).not_to_be_focused()
    alice.message("two").focus()
    alice.page.keyboard.press("ArrowUp")
    expect(alice.message("one")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(alice.hook("menu-reply")).to_be_focused()
    alice.page.keyboard.press("Home")
    alice.page.keyboard.press("Enter")
    expect(bob.message("one").locator("[data-hook=reaction]")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(alice.hook("message-menu")).to_be_hidden()


def test_a_finger_that_rests_on_a_message_asks_for_its_menu(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("Hello")
    finger = alice.page.context.new_cdp_session(alice.page)
    message = alice.message("Hello")
    expect(message).to_be_visible()
    box = message.locator("[data-hook=message-content]").bounding_box()
    assert box
    touch = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [touch]})
    expect(message).to_have_attribute("data-pressed", "true")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(alice.hook("message-menu")).to_be_visible()
    expect(message).not_to_have_attribute("data-pressed", "true")
    alice.hook("menu-reply").click()
    expect(alice.hook("composer-about")).to_be_visible()
    assert not alice.errors


def shape_of(locator: Locator) -> tuple[float, float]:
    """Where it begins, and how high it is."""
    box = locator.bounding_box()
    assert box
    return box["y"], box["height"]


def test_a_long_message_is_folded_until_it_is_opened(alice: ChatPage, bob: ChatPage) -> None:
    alice.says_lines(20)
    alice.hook("composer").fill("\n".join(f"verse {number}" for number in range(60)))
    alice.sends()
    long = bob.message("verse 0")
    more = long.locator("[data-hook=fold]")
    expect(more).to_have_text("Show more")
    expect(more).to_have_attribute("aria-expanded", "false")
    top, height = shape_of(long)
    assert height < 500
    more.press("Enter")
    expect(more).to_have_text("Show less")
    expect(more).to_have_attribute("aria-expanded", "true")
    assert shape_of(long)[0] == pytest.approx(top, abs=1)
    assert shape_of(long)[1] > 1000
    alice.says("and so on")
    expect(bob.message("and so on")).to_be_attached()
    assert shape_of(long)[0] == pytest.approx(top, abs=1)
    expect(bob.message("and so on").locator("[data-hook=fold]")).to_be_hidden()
    bob.hook("back").dispatch_event("click")
    bob.opens_conversation_with(alice.name)
    expect(more).to_have_text("Show less")
    more.click()
    expect(more).to_have_text("Show more")
    expect(more).to_be_in_viewport()
    assert not alice.errors + bob.errors
