"""Nothing on the pages keeps people out, as far as axe can tell."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

SERIOUS = {"serious", "critical"}


def serious(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe finds on the page as it is now: rules, and where they are broken."""
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_chat(
    alice: ChatPage, bob: ChatPage, scheme: Literal["light", "dark"], width: int
) -> None:
    bob.opens_conversation_with(alice.name)
    bob.says("Look at https://example.org/ please")
    alice.reacts("👍", to="Look")
    alice.chooses("reply", of="Look")
    alice.says("Nice 🎉")
    bob.chooses("delete", of="Look")
    bob.hook("delete-confirm").click()
    expect(alice.message("Deleted message").first).to_be_visible()
    bob.says("Another one")
    bob.reacts("❤️", to="Another one")
    expect(alice.message("Another one").locator("[data-hook=reaction]")).to_be_visible()
    alice.page.set_viewport_size({"width": width, "height": 720})
    alice.page.emulate_media(color_scheme=scheme)
    assert serious(alice.page) == []
    alice.asks_for_menu_of("Nice")
    assert serious(alice.page) == []
    alice.hook("menu-delete").click()
    assert serious(alice.page) == []
    alice.hook("delete-cancel").click()
    alice.page.goto("/")
    alice.is_connected()
    expect(alice.row).to_be_visible()
    assert serious(alice.page) == []
    overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not alice.page.evaluate(overflow)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_the_way_in(
    browser: Browser, site: ServerSite, path: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_page(base_url=site.servers[0].url, color_scheme=scheme) as page:
        page.goto(path)
        assert serious(page) == []
