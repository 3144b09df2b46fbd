"""Under the policy of the site its pages work, and run nothing but its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

PAGES = ("/", "/accounts/password_change/", "/accounts/password_reset/", "/nowhere/")
ADMIN_PAGES = (
    "",
    "presence/userpresence/",
    "presence/presencelease/",
    "auth/user/",
    "auth/user/add/",
)


def test_the_pages_ask_for_nothing_that_it_forbids(sign_up: Callable[[str], ChatPage]) -> None:
    alice = sign_up("alice")
    for path in PAGES:
        alice.page.goto(path)
        alice.page.wait_for_load_state("networkidle")
    assert alice.violations == []


def test_neither_does_the_admin(site: ServerSite, sign_up: Callable[[str], ChatPage]) -> None:
    alice = sign_up("alice")
    found = f"User.objects.filter(username={alice.name!r})"
    site.manage("shell", "-c", f"{found}.update(is_staff=True, is_superuser=True)")
    for path in ADMIN_PAGES:
        alice.page.goto(f"/admin/{path}")
        alice.page.wait_for_load_state("networkidle")
    assert alice.violations == []


def test_what_it_forbids_does_not_run(sign_up: Callable[[str], ChatPage]) -> None:
    alice = sign_up("alice")
    with alice.page.expect_console_message(lambda _: bool(alice.violations)):
        alice.page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "document.title = 'run'";
                document.body.append(script);
            }"""
        )
    expect(alice.page).not_to_have_title("run")
    assert len(alice.violations) == 1
