"""Nothing that a person wrote disappears: what can't be sent stands where they find it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.network import Network
from tests.browser.test_accessibility import serious
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]

WRITE = """(composer, text) => {
    composer.value = text;
    composer.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def unsent(person: ChatPage, text: str) -> Locator:
    """What stands under "Not sent" and says this."""
    return person.hook("unsent-item").filter(has_text=text)


def removes(person: ChatPage, name: str) -> None:
    """As an admin of the open group, remove somebody."""
    person.hook("group").click()
    person.member(name).locator("[data-hook=member-remove]").click()
    person.hook("confirm-yes").click()
    expect(person.member(name)).to_have_count(0)


def copies(person: ChatPage, text: str) -> str:
    """Copy what stands under "Not sent"; what is in the clipboard then."""
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    unsent(person, text).locator("[data-hook=copy-unsent]").click()
    expect(unsent(person, text)).to_contain_text("Copied")
    return str(person.page.evaluate("navigator.clipboard.readText()"))


def test_what_was_written_in_a_group_that_one_was_removed_from_is_kept(
    alice: ChatPage, bob: ChatPage, sign_up: SignUp
) -> None:
    bob.starts_group("The plan", [alice.name, sign_up("carol").name])
    network = Network(alice.page)
    alice.page.reload()
    alice.opens_conversation_with("The plan")
    alice.is_connected()
    network.goes(only_stream=True)
    alice.says("I booked the train")
    alice.types("and half a thought")
    removes(bob, alice.name)
    network.returns()
    expect(alice.hook("notice-text")).to_contain_text("Not sent")
    expect(alice.hook("unsent-count")).to_have_text("2")
    alice.hook("unsent").click()
    assert serious(alice.page) == []
    for text in ("I booked the train", "and half a thought"):
        expect(unsent(alice, text)).to_contain_text("The plan")
        expect(unsent(alice, text).locator("[data-hook=unsent-reason]")).to_contain_text(
            "You are no"
        )
    assert copies(alice, "the train") == "I booked the train"
    alice.page.reload()
    alice.hook("unsent").click()
    for _ in range(2):
        alice.hook("unsent-item").first.locator("[data-hook=discard]").click()
    expect(alice.hook("unsent-none")).to_be_visible()
    expect(alice.hook("unsent")).to_be_hidden()
    assert not alice.errors + bob.errors


def test_what_the_site_never_takes_keeps_nothing_else_and_is_edited(
    alice: ChatPage, bob: ChatPage
) -> None:
    bob.opens_conversation_with(alice.name)
    for text in ("half an emoji \ud83d", "a \0 in it", "a good one"):
        alice.hook("composer").evaluate(WRITE, text)
        alice.sends()
    expect(bob.message("a good one")).to_be_visible()
    assert bob.texts() == ["half an emoji \ufffd", "a good one"]
    bad = alice.message("in it")
    expect(bad).to_have_attribute("data-state", "failed")
    expect(bad).to_contain_text("holds the invisible character NUL")
    bad.locator("[data-hook=rework]").click()
    expect(alice.hook("composer")).to_have_value("a \0 in it")
    expect(alice.message("in it")).to_have_count(0)
    alice.hook("composer").evaluate(WRITE, "nothing in it")
    alice.sends()
    expect(bob.message("nothing in it")).to_be_visible()
    expect(alice.hook("unsent")).to_be_hidden()


def test_half_a_text_outlives_a_sign_out_in_another_tab(alice: ChatPage, bob: ChatPage) -> None:
    alice.types("half a thought")
    other = alice.another_tab()
    other.hook("sign-out").click()
    expect(alice.hook("sign-in")).to_be_visible()
    alice.signs_in(PASSWORD)
    alice.opens_conversation_with(bob.name)
    expect(alice.hook("composer")).to_have_value("half a thought")
