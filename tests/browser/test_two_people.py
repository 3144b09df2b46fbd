"""Two people in two browsers: they see each other come, type, write and leave."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

NOTE_PRESENCE = """() => {
  const presence = document.querySelector("[data-hook=header-presence]");
  window.presences = [];
  const note = () => window.presences.push(presence.textContent);
  new MutationObserver(note).observe(presence, { childList: true });
}"""
"""Keep what the header says of the other from now on, however short it says so."""


def test_they_see_each_other_come_type_write_and_leave(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    for page in (alice, bob):
        expect(page.hook("header-presence")).to_have_text("Online")
        expect(page.row.locator("[data-hook=presence-dot]")).to_have_attribute(
            "data-status", "online"
        )
    alice.types("Hello Bo")
    bob.sees_typing(alice.name)
    alice.types("b")
    alice.sends()
    expect(bob.message("Hello Bob")).to_be_visible()
    expect(bob.hook("typing")).to_have_text("")
    expect(alice.message("Hello Bob")).to_have_attribute("data-state", re.compile("sent|read"))
    alice.page.close()
    expect(bob.hook("header-presence")).to_have_text(
        re.compile("last seen just now", re.IGNORECASE)
    )
    expect(bob.row.locator("[data-hook=presence-dot]")).to_have_attribute("data-status", "offline")
    assert not alice.errors + bob.errors


def test_a_reload_is_not_seen_by_the_other(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    expect(bob.hook("header-presence")).to_have_text("Online")
    bob.page.evaluate(NOTE_PRESENCE)
    alice.page.reload()
    alice.is_connected()
    alice.opens_conversation_with(bob.name)
    alice.says("Here again")
    expect(bob.message("Here again")).to_be_visible()
    assert bob.page.evaluate("window.presences") == []


def test_typing_goes_when_the_text_is_taken_back(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    alice.types("H")
    bob.sees_typing(alice.name)
    alice.hook("composer").fill("")
    expect(bob.hook("typing")).to_have_text("")


def test_unread_messages_are_counted_until_they_are_seen(alice: ChatPage, bob: ChatPage) -> None:
    for text in ("one", "two", "three"):
        alice.says(text)
    unread = bob.row.locator("[data-hook=unread]")
    expect(unread).to_have_text("3")
    alice.chooses("delete", of="three")
    alice.hook("delete-confirm").click()
    expect(unread).to_have_text("2")
    bob.page.reload()
    expect(unread).to_have_text("2")
    expect(bob.page).to_have_title(re.compile(r"^\(2\) "))
    alice.chooses("delete", of="one")
    alice.hook("delete-confirm").click()
    expect(unread).to_have_text("1")
    expect(bob.page).to_have_title(re.compile(r"^\(1\) "))
    bob.opens_conversation_with(alice.name)
    expect(bob.message("two")).to_be_visible()
    expect(bob.row.locator("[data-hook=unread]")).to_be_hidden()
    expect(alice.message("two")).to_have_attribute("data-state", "read")


def test_a_chosen_status_is_seen_by_the_other(alice: ChatPage, bob: ChatPage) -> None:
    bob.hook("status-menu").select_option("busy")
    expect(alice.hook("header-presence")).to_have_text("Busy")
    bob.hook("status-menu").select_option("offline")
    expect(alice.hook("header-presence")).to_have_text(re.compile("last seen", re.IGNORECASE))


def test_text_stays_text(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    text = "<img src=x onerror=alert(1)>"
    alice.types(text)
    alice.sends()
    expect(bob.message(text)).to_be_visible()
    expect(bob.hook("messages").locator("img[src=x]")).to_have_count(0)


def test_signing_out_and_in_again(alice: ChatPage, bob: ChatPage) -> None:
    bob.hook("sign-out").click()
    expect(alice.hook("header-presence")).to_have_text(re.compile("last seen", re.IGNORECASE))
    alice.types("Come back")
    alice.sends()
    bob.signs_in(PASSWORD)
    expect(alice.hook("header-presence")).to_have_text("Online")
    expect(bob.row.locator("[data-hook=unread]")).to_have_text("1")
    bob.opens_conversation_with(alice.name)
    expect(bob.message("Come back")).to_be_visible()


def test_who_hides_is_not_seen_and_does_not_see(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    expect(alice.hook("header-presence")).to_have_text("Online")
    bob.hook("privacy").click()
    bob.hook("shows-presence").uncheck()
    expect(bob.hook("privacy-appears-as")).to_have_text("You appear as offline")
    bob.hook("privacy-close").click()
    expect(alice.hook("header-presence")).to_have_text(re.compile("last seen", re.IGNORECASE))
    expect(bob.hook("own-status")).to_have_text("You appear as offline")
    expect(bob.hook("header-presence")).to_have_text("")
    expect(bob.row.locator("[data-hook=presence-dot]")).to_be_hidden()
    alice.types("Hello")
    bob.sees_typing(alice.name)
    bob.hook("privacy").click()
    bob.hook("shows-presence").check()
    bob.hook("shows-typing").uncheck()
    bob.hook("privacy-close").click()
    expect(alice.hook("header-presence")).to_have_text("Online")
    expect(bob.hook("header-presence")).to_have_text("Online")
    expect(bob.hook("typing")).to_have_text("")
    assert not alice.errors + bob.errors


def test_who_hides_receipts_gets_none(alice: ChatPage, bob: ChatPage) -> None:
    bob.opens_conversation_with(alice.name)
    bob.says("One")
    expect(bob.message("One")).to_have_attribute("data-state", "read")
    bob.hook("privacy").click()
    bob.hook("shows-receipts").uncheck()
    expect(bob.message("One")).to_have_attribute("data-state", "sent")
    bob.hook("privacy-close").click()
    alice.says("Two")
    expect(bob.message("Two")).to_be_visible()
    bob.says("Three")
    expect(alice.message("Three")).to_be_visible()
    expect(alice.message("Two")).to_have_attribute("data-state", "sent")
    expect(bob.message("Three")).to_have_attribute("data-state", "sent")
    bob.hook("privacy").click()
    bob.hook("shows-receipts").check()
    expect(bob.message("Three")).to_have_attribute("data-state", "read")


def test_two_switches_turned_at_once_outlast_a_reload(alice: ChatPage) -> None:
    alice.hook("privacy").click()
    last = {"showsTyping": False}
    with alice.page.expect_response(lambda answer: answer.request.post_data_json == last):
        alice.hook("shows-presence").uncheck()
        alice.hook("shows-typing").uncheck()
    expect(alice.hook("shows-presence")).not_to_be_checked()
    alice.page.reload()
    alice.is_connected()
    alice.hook("privacy").click()
    expect(alice.hook("shows-presence")).not_to_be_checked()
    expect(alice.hook("shows-typing")).not_to_be_checked()
    assert not alice.errors
