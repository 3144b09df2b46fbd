"""The person's own status: chosen for a while, and followed by their other tabs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser


def test_a_status_for_a_while_is_told_with_its_end_in_all_tabs(
    sign_up: Callable[[str], ChatPage],
) -> None:
    alice = sign_up("alice")
    other = ChatPage(alice.page.context.new_page(), alice.name)
    other.page.goto("/")
    other.is_connected()
    expect(alice.hook("status-duration")).to_be_hidden()
    alice.hook("status-menu").select_option("busy")
    for page in (alice, other):
        expect(page.hook("own-status")).to_have_text("You appear as busy")
        expect(page.hook("status-menu")).to_have_value("busy")
    other.hook("status-duration").select_option("30")
    for page in (alice, other):
        expect(page.hook("own-status")).to_have_text(re.compile("You appear as busy until .*[0-9]"))
        expect(page.hook("status-duration")).to_have_value("kept")
    alice.page.reload()
    alice.is_connected()
    expect(alice.hook("own-status")).to_have_text(re.compile("until"))
    alice.hook("status-duration").select_option("")
    expect(other.hook("own-status")).to_have_text("You appear as busy")
    other.hook("status-menu").select_option("online")
    expect(alice.hook("own-status")).to_have_text("You appear as online")
    expect(alice.hook("status-menu")).to_have_value("online")
    assert not alice.errors + other.errors


def test_for_half_an_hour_is_half_an_hour_on_a_device_whose_clock_is_an_hour_behind(
    sign_up: Callable[[str], ChatPage],
) -> None:
    alice = sign_up("alice")
    alice.page.add_init_script("const now = Date.now; Date.now = () => now() - 3_600_000;")
    alice.page.reload()
    alice.is_connected()
    alice.hook("status-menu").select_option("busy")
    alice.hook("status-duration").select_option("30")
    # The server told it to the other tab: it was not refused.
    other = alice.another_tab()
    expect(other.hook("own-status")).to_have_text(re.compile("You appear as busy until .*[0-9]"))
    assert not alice.errors + other.errors
