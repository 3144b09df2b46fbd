"""Groups: who is in them, what an admin changes, and what those who are there see of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]


@pytest.fixture
def alice(sign_up: SignUp) -> ChatPage:
    """Alice."""
    return sign_up("alice")


@pytest.fixture
def bob(sign_up: SignUp) -> ChatPage:
    """Bob."""
    return sign_up("bob")


@pytest.fixture
def carol(sign_up: SignUp, alice: ChatPage, bob: ChatPage) -> ChatPage:
    """Carol; Alice makes a group of the three, and all have it open."""
    carol = sign_up("carol")
    alice.starts_group("Lunch", [bob.name, carol.name])
    for person in (bob, carol):
        person.opens_conversation_with("Lunch")
    return carol


def test_an_admin_renames_the_group_and_all_see_it(
    alice: ChatPage, bob: ChatPage, carol: ChatPage
) -> None:
    alice.hook("group").click()
    alice.hook("group-title").fill("Long lunch")
    alice.hook("group-save").click()
    expect(alice.hook("group-done")).to_have_text("Saved.")
    for person in (alice, bob, carol):
        expect(person.hook("header-title")).to_have_text("Long lunch")
    bob.hook("group").click()
    expect(bob.hook("group-title")).to_be_hidden()
    expect(bob.hook("member-remove").first).to_be_hidden()
    assert not alice.errors + bob.errors + carol.errors


def test_whoever_is_removed_leaves_the_page_with_a_sentence(
    alice: ChatPage, bob: ChatPage, carol: ChatPage
) -> None:
    carol.types("I was just about to say")
    alice.hook("group").click()
    alice.member(carol.name).locator("[data-hook=member-remove]").click()
    alice.hook("confirm-yes").click()
    expect(alice.hook("group-done")).to_have_text(f"{carol.name} was removed.")
    expect(carol.hook("notice-text")).to_have_text(
        "You are no longer in “Lunch”. What you wrote there is kept under “Not sent”."
    )
    expect(carol.hook("thread")).to_be_hidden()
    expect(carol.row).to_have_count(0)
    expect(alice.hook("member")).to_have_count(2)
    bob.hook("group").click()
    expect(bob.hook("member")).to_have_count(2)
    carol.hook("notice-close").click()
    expect(carol.hook("notice")).to_be_hidden()
    assert not alice.errors + bob.errors + carol.errors


def test_somebody_is_added_while_others_look(
    sign_up: SignUp, alice: ChatPage, bob: ChatPage, carol: ChatPage
) -> None:
    dave = sign_up("dave")
    bob.hook("group").click()
    alice.hook("group").click()
    alice.hook("group-add").locator("[data-hook=people-search]").fill(dave.name)
    alice.hook("group-add").locator("[data-hook=person]").filter(has_text=dave.name).click()
    expect(alice.hook("group-done")).to_have_text(f"{dave.name} was added.")
    expect(bob.member(dave.name)).to_be_visible()
    dave.opens_conversation_with("Lunch")


def test_an_admin_makes_another_one_and_leaves(
    alice: ChatPage, bob: ChatPage, carol: ChatPage
) -> None:
    bob.hook("group").click()
    alice.hook("group").click()
    alice.member(bob.name).locator("[data-hook=member-admin]").click()
    expect(alice.member(bob.name).locator("[data-hook=member-role]")).to_be_visible()
    expect(bob.hook("group-title")).to_be_visible()
    alice.hook("group-leave").click()
    alice.hook("confirm-no").click()
    expect(alice.hook("group-dialog")).to_be_visible()
    alice.hook("group-leave").click()
    alice.hook("confirm-yes").click()
    expect(alice.hook("thread")).to_be_hidden()
    expect(alice.row).to_have_count(0)
    expect(bob.hook("member")).to_have_count(2)
    # Whoever left is asked before they are in it again.
    bob.hook("group-add").locator("[data-hook=people-search]").fill(alice.name)
    bob.hook("group-add").locator("[data-hook=person]").filter(has_text=alice.name).click()
    expect(bob.hook("group-done")).to_contain_text("is now invited to come back")
    expect(alice.hook("invitation")).to_have_text(re.compile(f"{bob.name} invites you back"))
    alice.hook("invitation-accept").click()
    expect(alice.hook("header-title")).to_have_text("Lunch")
    expect(alice.hook("invitation")).to_have_count(0)
    expect(bob.hook("member")).to_have_count(3)
    assert not alice.errors + bob.errors + carol.errors


def test_earlier_messages_are_hidden_from_who_joins_later(
    sign_up: SignUp, alice: ChatPage, carol: ChatPage
) -> None:
    dave = sign_up("dave")
    alice.says("Before Dave")
    expect(alice.message("Before Dave")).to_have_attribute(
        "data-state", re.compile("sent|delivered|read")
    )
    alice.hook("group").click()
    alice.hook("history-visible").uncheck()
    alice.hook("group-add").locator("[data-hook=people-search]").fill(dave.name)
    alice.hook("group-add").locator("[data-hook=people-search]").press("Enter")
    expect(alice.member(dave.name)).to_be_visible()
    alice.hook("group-close").click()
    dave.opens_conversation_with("Lunch")
    alice.says("Welcome, Dave")
    expect(dave.message("Welcome, Dave")).to_be_visible()
    expect(dave.message("Before Dave")).to_have_count(0)


def test_a_conversation_is_looked_for_in_the_list(
    alice: ChatPage, bob: ChatPage, carol: ChatPage
) -> None:
    alice.starts_conversation_with(bob.name)
    expect(alice.row).to_have_count(2)
    alice.hook("filter").fill("lun")
    expect(alice.row).to_have_count(1)
    alice.hook("filter").press("Enter")
    expect(alice.hook("header-title")).to_have_text("Lunch")
    alice.hook("filter").fill("nobody of that name")
    expect(alice.hook("filter-none")).to_be_visible()
    alice.hook("filter").press("Escape")
    expect(alice.row).to_have_count(2)
