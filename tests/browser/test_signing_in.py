"""Signing in: what is wrong is said where it is wrong, and a tab left open leads on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]


def test_two_sign_in_tabs_both_lead_to_the_chat(sign_up: SignUp) -> None:
    alice = sign_up("alice")
    alice.hook("sign-out").click()
    other = ChatPage(alice.page.context.new_page(), alice.name)
    other.page.goto("/accounts/login/")
    alice.signs_in(PASSWORD)
    # Each of the two has a token of its own time.
    other.page.locator("[name=username]").fill(alice.name)
    other.page.locator("[name=password]").fill(PASSWORD)
    other.hook("sign-in").click()
    other.is_connected()
    other.page.goto(f"/conversations/{2**40}/")
    expect(other.page.locator("h1")).to_have_text("Nothing here")
    # So it is where the browser goes back to it within the page.
    other.page.goto("/")
    for path in (f"/conversations/{2**40}/", "/"):
        other.page.evaluate("path => history.pushState(null, '', path)", path)
    other.page.evaluate("history.back()")
    expect(other.hook("notice-text")).to_have_text(
        "That conversation is not here, or not yours to see."
    )
    other.page.goto("/accounts/password_change/")
    other.page.locator("[name=old_password]").fill(PASSWORD)
    for field in ("new_password1", "new_password2"):
        other.page.locator(f"[name={field}]").fill("1234")
    other.hook("change-password").click()
    wrong, right = (
        other.page.locator(f"[name={name}]") for name in ("new_password2", "new_password1")
    )
    expect(right).to_have_attribute("aria-invalid", "true")
    expect(wrong).not_to_have_attribute("aria-invalid", "true")
