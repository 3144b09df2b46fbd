"""One browser, two accounts: nothing goes out or is shown as somebody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.network import Network
from tests.browser.test_accessibility import serious
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]


def signs_in_beside(person: ChatPage, name: str) -> ChatPage:
    """In another tab of the same browser somebody else signs in."""
    other = ChatPage(person.page.context.new_page(), name)
    other.page.goto("/accounts/login/")
    other.page.locator("[name=username]").fill(name)
    other.page.locator("[name=password]").fill(PASSWORD)
    other.hook("sign-in").click()
    other.is_connected()
    return other


def writes_offline_while_another_signs_in(person: ChatPage, name: str) -> ChatPage:
    """The person's page is without a connection and has something to send, when another tab signs
    in as ``name``; then it has a connection again."""
    network = Network(person.page)
    person.page.reload()
    person.is_connected()
    network.goes(only_stream=True)
    person.says("From Alice alone")
    person.types("half a thought")
    beside = signs_in_beside(person, name)
    network.returns()
    person.page.evaluate("window.dispatchEvent(new Event('online'))")
    return beside


def test_what_waits_is_not_sent_as_whoever_signed_in_meanwhile(
    alice: ChatPage, bob: ChatPage, sign_up: SignUp
) -> None:
    carol = sign_up("carol")
    carol.starts_conversation_with(bob.name)
    beside = writes_offline_while_another_signs_in(alice, carol.name)
    dialog = alice.hook("account-dialog")
    expect(dialog).to_contain_text("1 message of ")
    assert serious(alice.page) == []
    expect(alice.row).to_have_count(1)
    for _ in range(2):
        alice.page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    alice.hook("account-start-anew").click()
    alice.is_connected()
    expect(alice.hook("own-name")).to_have_text(carol.name)
    # Carol sees nothing of it, and what she says is hers.
    beside.opens_conversation_with(bob.name)
    expect(beside.hook("composer")).to_have_value("")
    beside.says("From Carol")
    bob.opens_conversation_with(carol.name)
    expect(bob.message("From Carol")).to_be_visible()
    assert bob.texts() == ["From Carol"]
    assert not alice.errors + bob.errors + beside.errors


def test_it_is_sent_when_its_writer_is_back_in_whatever_tab(
    alice: ChatPage, bob: ChatPage, sign_up: SignUp
) -> None:
    carol = sign_up("carol")
    writes_offline_while_another_signs_in(alice, carol.name)
    expect(alice.hook("account-dialog")).to_be_visible()
    again = signs_in_beside(alice, alice.name)
    bob.opens_conversation_with(alice.name)
    expect(bob.message("From Alice alone")).to_be_visible()
    again.opens_conversation_with(bob.name)
    expect(again.hook("composer")).to_have_value("half a thought")
    alice.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(alice.hook("account-dialog")).to_be_hidden()
    assert bob.texts() == ["From Alice alone"]
    # Her first tab goes on, with the token of the new session.
    with alice.page.expect_response("**/api/privacy/") as answered:
        alice.hook("shows-typing").dispatch_event("click")
    assert answered.value.status == 200
    assert not alice.errors + bob.errors + again.errors


def test_a_request_of_a_page_that_is_another_accounts_changes_nothing(
    alice: ChatPage, bob: ChatPage, sign_up: SignUp
) -> None:
    """Her stream is kept open, as if she had not been signed out of it."""
    carol = sign_up("carol")
    alice.page.context.clear_cookies()
    beside = signs_in_beside(alice, carol.name)
    # As a hand that was quicker than the page.
    alice.hook("shows-typing").dispatch_event("click")
    expect(alice.hook("account-dialog")).to_be_visible()
    beside.hook("privacy").click()
    expect(beside.hook("shows-typing")).to_be_checked()
    beside.page.reload()
    beside.hook("privacy").click()
    expect(beside.hook("shows-typing")).to_be_checked()
