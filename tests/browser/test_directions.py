"""Names and texts that run from right to left, in sentences that do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]

FOLLOWS = """(line) => {
  const name = line.querySelector("bdi");
  const words = document.createRange();
  words.selectNodeContents(name.nextSibling);
  return name.getBoundingClientRect().right <= words.getBoundingClientRect().left + 1;
}"""

# The colon lies beyond the edge at which the name is cut.
COLON_IS_CUT = """(line) => {
  const colon = document.createRange();
  colon.selectNodeContents(line.querySelector("bdi").nextSibling);
  const sender = line.querySelector(".row-sender");
  return colon.getBoundingClientRect().left >= sender.getBoundingClientRect().right;
}"""


def test_an_address_shows_where_it_leads(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("(see https://example.com/a_(b), https://example.com/\u202egpj.exe)")
    bob.opens_conversation_with(alice.name)
    links = bob.hook("message-content").locator("a")
    expect(links).to_have_text(
        ["https://example.com/a_(b)", "https://example.com/%E2%80%AEgpj.exe"]
    )
    expect(links.first).to_have_attribute("href", "https://example.com/a_(b)")
    expect(links.last).to_have_attribute("href", "https://example.com/%E2%80%AEgpj.exe")
    shown = "(see https://example.com/a_(b), https://example.com/%E2%80%AEgpj.exe)"
    expect(bob.hook("preview")).to_have_text(shown)
    bob.chooses("reply", of="see")
    expect(bob.hook("about-excerpt")).to_have_text(shown)
    bob.says("No.")
    expect(alice.message("No.").locator("[data-hook=quote-excerpt]")).to_have_text(shown)
    for part in (".bubble", ".avatar"):
        # Marks stacked on letters are not drawn over what is above or below.
        expect(bob.message("see").locator(part)).to_have_css("overflow", "clip")
    assert not alice.errors + bob.errors


def test_a_hebrew_name_does_not_turn_an_english_sentence_around(sign_up: SignUp) -> None:
    alice, bob, dana = sign_up("alice"), sign_up("bob"), sign_up("דנה-of-the-long-name")
    alice.starts_group("Lunch, at noon", [bob.name, dana.name])
    dana.opens_conversation_with("Lunch, at noon")
    dana.says("בוא נאכל")
    preview = alice.hook("preview")
    expect(preview).to_have_text(f"{dana.name}: בוא נאכל")
    assert preview.evaluate(FOLLOWS)
    alice.page.set_viewport_size({"width": 320, "height": 640})
    alice.hook("back").click()
    assert preview.evaluate(COLON_IS_CUT)
    alice.page.set_viewport_size({"width": 1280, "height": 720})
    alice.row.click()
    dana.types("…")
    alice.sees_typing(dana.name)
    assert alice.hook("typing").evaluate(FOLLOWS)
    alice.chooses("reply", of="בוא נאכל")
    expect(alice.hook("about-title").locator("bdi")).to_have_text(dana.name)
    assert alice.page.title().endswith("\u2068Lunch, at noon\u2069 · Chat")
    assert not alice.errors + dana.errors
