"""Finding people by their names, and what becomes of the page when a name changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

SignUp = Callable[[str], ChatPage]


def changes(site: ServerSite, person: ChatPage, fields: str) -> None:
    """Change the person's account, by what tells the server nothing."""
    of = f"User.objects.filter(username={person.name!r})"
    script = f"from django.contrib.auth.models import User; {of}.update({fields})"
    site.manage("shell", "-v", "0", "-c", script)


def test_people_are_found_by_any_words_and_two_of_one_name_are_told_apart(
    sign_up: SignUp, site: ServerSite
) -> None:
    alice, bob, other = (sign_up(name) for name in ("alice", "bob", "other"))
    for person in (bob, other):
        changes(site, person, "first_name='Zoë', last_name='O\u2019Kafor'")
    site.manage("index_people")
    alice.hook("new-conversation").first.click()
    dialog = alice.hook("people-dialog")
    field = dialog.locator("[data-hook=people-search]")
    field.fill("okafor zoe")
    people = dialog.locator("[data-hook=person]")
    expect(people).to_have_count(2)
    expect(people.locator("[data-hook=person-name]")).to_have_text(["Zoë O\u2019Kafor"] * 2)
    his = people.filter(has_text=f"@{bob.name}")
    his.click()
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(people).to_have_count(0)
    expect(alice.hook("chosen-person")).to_have_count(1)
    field.fill(other.name)
    field.press("Enter")
    expect(alice.hook("chosen-person")).to_have_count(2)
    expect(field).to_have_value("")
    alice.hook("conversation-name").fill("Lunch")
    alice.hook("start").click()
    expect(bob.row).to_contain_text("Lunch")
    assert not alice.errors


def test_a_new_name_and_a_deactivated_account_are_seen_without_a_reload(
    alice: ChatPage, bob: ChatPage, sign_up: SignUp, site: ServerSite
) -> None:
    carol = sign_up("carol")
    alice.starts_group("Lunch", [bob.name, carol.name])
    for person in (bob, carol):
        person.opens_conversation_with("Lunch")
    bob.says("hello")
    expect(alice.message("hello")).to_be_visible()
    changes(site, bob, "first_name='Robert'")
    expect(alice.hook("message-sender").first).to_have_text("Robert")
    expect(alice.row.filter(has_text="Lunch")).to_contain_text("Robert: hello")
    expect(alice.row.filter(has_text="Robert").first).to_be_visible()
    expect(bob.hook("own-name")).to_have_text("Robert")
    alice.says("good morning")
    expect(bob.message("good morning")).to_be_visible()
    changes(site, carol, "is_active=False")
    alice.hook("group").click()
    expect(alice.hook("group-count")).to_have_text("2 people")
    deactivated = alice.member(carol.name).locator("[data-hook=member-deactivated]")
    expect(deactivated).to_be_visible()
    expect(alice.member("Robert").locator("[data-hook=member-deactivated]")).to_be_hidden()
    alice.hook("group-close").click()
    tick = alice.message("good morning").locator("[data-hook=tick]")
    expect(tick).to_have_attribute("data-state", "read")
    assert not alice.errors + bob.errors
