"""What is written while the network is away is sent when it is back, in order, once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.network import Network

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]


@pytest.fixture
def alice(sign_up: SignUp) -> ChatPage:
    """Alice, whose network can go."""
    return sign_up("alice")


@pytest.fixture
def network(alice: ChatPage) -> Network:
    """Hers."""
    return Network(alice.page.context)


@pytest.fixture
def bob(sign_up: SignUp, alice: ChatPage, network: Network) -> ChatPage:
    """Bob, who has the conversation with her open."""
    bob = sign_up("bob")
    alice.page.reload()
    alice.is_connected()
    alice.starts_conversation_with(bob.name)
    bob.opens_conversation_with(alice.name)
    return bob


def test_messages_wait_and_the_page_says_so(
    alice: ChatPage, bob: ChatPage, network: Network
) -> None:
    network.goes()
    for text in ("one", "two"):
        alice.says(text)
    expect(alice.hook("banner")).to_have_text(
        "You are offline. 2 messages will be sent when you are back."
    )
    expect(alice.message("two")).to_have_attribute("data-state", "pending")
    network.returns()
    expect(bob.message("two")).to_be_visible()
    assert bob.texts() == ["one", "two"]
    expect(alice.message("two")).to_have_attribute("data-state", "read")
    expect(alice.hook("banner")).to_be_hidden()
    assert alice.texts() == ["one", "two"]


def test_while_the_line_is_down_nobody_is_said_to_be_online_now(
    alice: ChatPage, bob: ChatPage, network: Network
) -> None:
    expect(alice.hook("header-presence")).to_have_text("Online")
    network.falls_silent()
    expect(alice.hook("header-presence")).to_have_text(re.compile("Online.* · as of "))
    expect(alice.hook("banner")).to_contain_text("You are offline.")
    dot = alice.row.locator("[data-hook=presence-dot]")
    expect(dot).to_have_attribute("data-stale", "true")
    expect(dot).to_have_attribute("aria-label", re.compile("Online.* · as of "))
    alice.says("Are you there?")
    expect(alice.row.locator("[data-hook=preview]")).to_have_text("You: Are you there?")
    expect(alice.row.locator("[data-hook=row-tick]")).to_have_attribute("data-state", "pending")
    network.returns()
    expect(bob.message("Are you there?")).to_be_visible()
    expect(alice.hook("header-presence")).to_have_text("Online")
    expect(dot).not_to_have_attribute("data-stale", "true")
    expect(alice.row.locator("[data-hook=row-tick]")).to_have_attribute("data-state", "read")


def test_a_reaction_waits_for_the_connection_and_for_a_reload(
    alice: ChatPage, bob: ChatPage, network: Network
) -> None:
    bob.says("Lunch?")
    expect(alice.message("Lunch?")).to_be_visible()
    network.goes(only_stream=True)
    alice.reacts("👍", to="Lunch?")
    expect(alice.hook("reaction")).to_have_attribute("data-pending", "true")
    alice.page.reload()
    expect(alice.hook("reaction")).to_have_attribute("data-pending", "true")
    network.returns()
    expect(bob.hook("reaction")).to_have_attribute("data-emoji", "👍")
    expect(alice.hook("reaction")).to_have_attribute("data-pending", "false")
    expect(alice.hook("chip-count")).to_have_text("1")
    assert not alice.errors + bob.errors


def test_who_thinks_better_of_signing_out_keeps_the_draft(
    alice: ChatPage, bob: ChatPage, network: Network
) -> None:
    network.goes()
    alice.says("one")
    alice.types("half a thou")
    alice.page.once("dialog", lambda dialog: dialog.dismiss())
    with alice.page.expect_event("dialog"):
        alice.hook("sign-out").click()
    network.returns()
    expect(bob.message("one")).to_be_visible()
    alice.page.reload()
    expect(alice.hook("composer")).to_have_value("half a thou")


def test_another_tab_of_the_same_browser_sends_what_one_left_behind(
    alice: ChatPage, bob: ChatPage, network: Network
) -> None:
    other = alice.another_tab()
    other.opens_conversation_with(bob.name)
    network.goes()
    alice.says("one")
    expect(other.message("one")).to_have_attribute("data-state", "pending")
    other.says("two")
    alice.page.close()
    network.returns()
    expect(bob.message("one")).to_be_visible()
    expect(bob.message("two")).to_be_visible()
    expect(other.message("two")).to_have_attribute("data-state", "read")
    assert sorted(bob.texts()) == ["one", "two"]


def test_a_reload_keeps_what_waits(alice: ChatPage, bob: ChatPage, network: Network) -> None:
    network.goes(only_stream=True)
    for text in ("before", "the reload"):
        alice.says(text)
    alice.page.reload()
    expect(alice.message("the reload")).to_have_attribute("data-state", "pending")
    network.returns()
    expect(bob.message("the reload")).to_be_visible()
    assert bob.texts() == ["before", "the reload"]
    expect(alice.message("the reload")).to_have_count(1)
    assert not alice.errors + bob.errors
