"""The composer: drafts, replies, edits, keys and emojis."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser

IS_SHOWN_TO_THE_END = """content => {
  const last = document.createRange();
  last.setStart(content.lastChild, content.lastChild.length - 1);
  last.setEnd(content.lastChild, content.lastChild.length);
  const { x, y, width, height } = last.getBoundingClientRect();
  return content.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""
"""Whether the last character can be seen: what is clipped away is not there to be pointed at."""

LEFT_RIGHT_AFTER_ENTER = """composer => {
  const enter = { key: "Enter", bubbles: true, cancelable: true };
  composer.dispatchEvent(new KeyboardEvent("keydown", enter));
  return composer.value;
}"""

SignUp = Callable[[str], ChatPage]


@pytest.fixture
def alice(sign_up: SignUp) -> ChatPage:
    """Alice."""
    return sign_up("alice")


@pytest.fixture
def bob(sign_up: SignUp, alice: ChatPage) -> ChatPage:
    """Bob; both have their conversation open."""
    bob = sign_up("bob")
    alice.starts_conversation_with(bob.name)
    bob.opens_conversation_with(alice.name)
    return bob


def test_a_draft_outlasts_a_reload_and_is_gone_once_sent(alice: ChatPage, bob: ChatPage) -> None:
    alice.types("Half a thou")
    alice.page.reload()
    expect(alice.hook("composer")).to_have_value("Half a thou")
    alice.hook("composer").focus()
    alice.page.keyboard.press("Control+End")
    alice.page.keyboard.type("ght")
    alice.sends()
    expect(bob.message("Half a thought")).to_be_visible()
    expect(alice.hook("composer")).to_have_value("")
    alice.page.reload()
    expect(alice.message("Half a thought")).to_be_visible()
    expect(alice.hook("composer")).to_have_value("")
    assert not alice.errors + bob.errors


def test_shift_and_enter_begin_a_new_line_for_which_there_is_room(
    alice: ChatPage, bob: ChatPage
) -> None:
    before = alice.hook("composer").bounding_box()
    alice.types("one")
    alice.hook("composer").press("Shift+Enter")
    alice.types("two")
    after = alice.hook("composer").bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    alice.sends()
    expect(bob.hook("message-content")).to_have_text("one\ntwo", use_inner_text=True)
    assert bob.hook("message-content").evaluate(IS_SHOWN_TO_THE_END)
    # The next key may come at once, and goes to the next message.
    alice.types("three")
    assert alice.hook("composer").evaluate(LEFT_RIGHT_AFTER_ENTER) == ""
    expect(bob.message("three")).to_be_visible()


def test_arrow_up_edits_ones_last_message(alice: ChatPage, bob: ChatPage) -> None:
    alice.says("Helo Bob")
    expect(alice.message("Helo Bob")).to_have_attribute("data-state", "read")
    bob.says("Hi")
    expect(alice.message("Hi")).to_be_visible()
    alice.hook("composer").press("ArrowUp")
    expect(alice.hook("about-title")).to_have_text("Edit message")
    expect(alice.hook("composer")).to_have_value("Helo Bob")
    alice.hook("composer").fill("Hello Bob")
    alice.sends()
    expect(bob.message("Hello Bob")).to_be_visible()
    expect(bob.message("Helo Bob")).to_have_count(0)
    expect(alice.hook("composer-about")).to_be_hidden()
    alice.hook("composer").press("ArrowUp")
    alice.hook("composer").press("Escape")
    expect(alice.hook("composer")).to_have_value("")
    expect(alice.hook("composer-about")).to_be_hidden()


def test_an_edit_under_way_outlasts_a_reload_and_gives_the_reply_back(
    alice: ChatPage, bob: ChatPage
) -> None:
    alice.says("Helo Bob")
    bob.says("Hi")
    alice.chooses("reply", of="Hi")
    alice.types("How are you?")
    alice.chooses("edit", of="Helo Bob")
    alice.hook("composer").fill("Hello Bob")
    alice.page.reload()
    expect(alice.hook("about-title")).to_have_text("Edit message")
    expect(alice.hook("composer")).to_have_value("Hello Bob")
    alice.hook("composer").press("Escape")
    expect(alice.hook("about-title")).to_have_text(f"Reply to {bob.name}")
    expect(alice.hook("composer")).to_have_value("How are you?")
    alice.sends()
    expect(bob.message("How are you?").locator("[data-hook=quote-excerpt]")).to_have_text("Hi")
    expect(bob.message("Helo Bob")).to_be_visible()
    assert not alice.errors + bob.errors


def test_near_the_limit_one_sees_how_near(alice: ChatPage, bob: ChatPage) -> None:
    alice.hook("composer").fill("a" * 7_995)
    expect(alice.hook("composer-room")).to_have_text("5 characters left")
    alice.says("a" * 6)
    expect(alice.hook("composer-error")).to_have_text("1 character too many.")
    expect(alice.hook("message")).to_have_count(0)


def test_a_pasted_text_that_is_too_long_for_a_message_goes_with_it_as_a_file(
    alice: ChatPage, bob: ChatPage
) -> None:
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.types("The log:")
    alice.page.evaluate("navigator.clipboard.writeText('All is well. '.repeat(80_000))")
    alice.hook("composer").press("Control+v")
    expect(alice.hook("upload-name")).to_have_text("Pasted text.txt")
    expect(alice.hook("composer")).to_have_value("The log:")
    expect(alice.hook("composer-done")).to_be_visible()
    expect(alice.hook("upload-text")).to_have_text("1 MB")
    alice.page.evaluate("navigator.clipboard.writeText(' and more')")
    alice.hook("composer").press("Control+v")
    expect(alice.hook("composer")).to_have_value("The log: and more")
    # As dictation, a keyboard's clipboard or an extension puts it in.
    alice.page.keyboard.insert_text("All is well. " * 1_000)
    expect(alice.hook("upload-name")).to_have_text(["Pasted text.txt"] * 2)
    expect(alice.hook("composer")).to_have_value("The log: and more")
    alice.sends()
    expect(bob.message("The log: and more").locator("[data-hook=file]")).to_contain_text(
        "Pasted text.txt"
    )
    assert not alice.errors + bob.errors


def test_an_emoji_is_found_and_put_where_the_caret_is(alice: ChatPage, bob: ChatPage) -> None:
    alice.types("Well done !")
    alice.hook("composer").press("ArrowLeft")
    alice.hook("composer-emoji").click()
    expect(alice.hook("emoji-search")).to_be_focused()
    alice.hook("emoji-search").fill("party pop")
    alice.hook("emoji-search").press("Enter")
    expect(alice.hook("emoji-picker")).to_be_hidden()
    expect(alice.hook("composer")).to_be_focused()
    expect(alice.hook("composer")).to_have_value("Well done 🎉!")
    alice.hook("composer").press("Control+z")
    expect(alice.hook("composer")).to_have_value("Well done !")
    for _ in "Well done !":
        alice.hook("composer").press("Control+z")
    expect(alice.hook("composer")).to_have_value("")
    for _ in "Well done 🎉!":
        alice.hook("composer").press("Control+y")
    expect(alice.hook("composer")).to_have_value("Well done 🎉!")
    alice.sends()
    expect(bob.message("Well done 🎉!")).to_be_visible()
    assert not alice.errors


def test_enter_waits_for_the_list_of_emojis(alice: ChatPage, bob: ChatPage) -> None:
    asked: list[Route] = []
    alice.page.route("**/emojibase-data*/**", lambda route: asked.append(route))
    with alice.page.expect_request("**/emojibase-data*/**"):
        alice.hook("composer-emoji").click()
    alice.hook("emoji-search").fill("party pop")
    alice.hook("emoji-search").press("Enter")
    expect(alice.hook("emoji-picker")).to_be_visible()
    asked[0].continue_()
    expect(alice.hook("emoji-picker")).to_be_hidden()
    expect(alice.hook("composer")).to_have_value("🎉")
    assert not alice.errors


def test_the_picker_is_used_by_keys_alone(alice: ChatPage, bob: ChatPage) -> None:
    alice.hook("composer-emoji").press("Enter")
    expect(alice.hook("emoji").first).to_be_visible()
    keyboard = alice.page.keyboard
    keyboard.press("ArrowDown")
    expect(alice.hook("emoji").first).to_be_focused()
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    expect(alice.hook("composer")).to_have_value(re.compile("❤️"))
    alice.hook("composer-emoji").press("Enter")
    expect(alice.hook("emoji").first).to_have_text("❤️")
    keyboard.press("Escape")
    expect(alice.hook("emoji-picker")).to_be_hidden()
    expect(alice.hook("composer-emoji")).to_be_focused()
