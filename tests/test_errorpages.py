"""What goes wrong is said in the words and the look of the site, and leads on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.test import Client, override_settings
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from conversations import services

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as HttpResponse

PASSWORD = "correct-horse-battery"
LOOK = "card.css"
NOWHERE = 2**40


@pytest.fixture
def alice(db: None) -> User:
    """Who is at the site."""
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def carol(db: None) -> User:
    """Who uses the same browser."""
    return User.objects.create_user("carol", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """A browser that is asked for the token of each form, as real ones are."""
    return Client(enforce_csrf_checks=True)


def opens(browser: Client, path: str) -> dict[str, str]:
    """Open a page with a form; what its tab would send along."""
    page = browser.get(path).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found, page
    return {"csrfmiddlewaretoken": found[1]}


def signs_in(browser: Client, name: str, tab: dict[str, str], **more: str) -> HttpResponse:
    """Send the sign-in form of a tab."""
    form = {**tab, "username": name, "password": PASSWORD, **more}
    return browser.post("/accounts/login/", form)


def is_of_the_site(answer: HttpResponse, status: int) -> str:
    """The page has this status and the look of the site; what it says."""
    page = answer.content.decode()
    assert answer.status_code == status
    assert LOOK in page
    assert "CSRF" not in page
    assert "Django" not in page
    return page


def test_the_second_sign_in_tab_goes_on_as_the_first_signed_in(
    browser: Client, alice: User
) -> None:
    first, second = (opens(browser, "/accounts/login/?next=/conversations/7/") for _ in range(2))
    assert signs_in(browser, "alice", first).status_code == HTTPStatus.FOUND
    answer = signs_in(browser, "alice", second, next="/conversations/7/")
    assert (answer.status_code, answer["Location"]) == (302, "/conversations/7/")


def test_who_gives_another_name_there_goes_on_as_nobody_without_being_told(
    browser: Client, alice: User, carol: User
) -> None:
    first, second = (opens(browser, "/accounts/login/") for _ in range(2))
    signs_in(browser, "alice", first)
    page = is_of_the_site(signs_in(browser, "carol", second, next="//evil.example/"), 403)
    assert "<bdi>alice</bdi>" in page
    assert "evil" not in page
    assert 'href="/"' in page
    again = opens(browser, "/accounts/login/")
    assert signs_in(browser, "carol", again).status_code == HTTPStatus.FOUND
    assert browser.session["_auth_user_id"] == str(carol.pk)


def test_after_signing_out_elsewhere_the_sign_in_form_is_there_again(
    browser: Client, alice: User
) -> None:
    stale = opens(browser, "/accounts/login/")
    signs_in(browser, "alice", opens(browser, "/accounts/login/"))
    browser.post("/accounts/logout/", opens(browser, "/"))
    answer = signs_in(browser, "alice", stale, next="/conversations/7/")
    page = is_of_the_site(answer, 403)
    assert "once more" in page
    assert 'value="alice"' in page
    assert PASSWORD not in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    fresh = {"csrfmiddlewaretoken": token[1]}
    answer = signs_in(browser, "alice", fresh, next="/conversations/7/")
    assert (answer.status_code, answer["Location"]) == (302, "/conversations/7/")


def test_a_sign_out_button_of_before_leads_to_one_that_works(browser: Client, alice: User) -> None:
    signs_in(browser, "alice", opens(browser, "/accounts/login/"))
    stale = opens(browser, "/")
    browser.post("/accounts/logout/", stale)
    gone = browser.post("/accounts/logout/", {})
    assert (gone.status_code, gone["Location"]) == (302, "/accounts/login/")
    signs_in(browser, "alice", opens(browser, "/accounts/login/"))
    page = is_of_the_site(browser.post("/accounts/logout/", stale), 403)
    assert 'action="/accounts/logout/"' in page
    assert "csrfmiddlewaretoken" in page


def test_another_form_of_before_can_be_opened_again(browser: Client, alice: User) -> None:
    signs_in(browser, "alice", opens(browser, "/accounts/login/"))
    answer = browser.post("/accounts/password_change/", {"old_password": PASSWORD})
    page = is_of_the_site(answer, 403)
    assert 'href="/accounts/password_change/"' in page


def test_a_browser_without_cookies_is_told_so(browser: Client, alice: User) -> None:
    page = is_of_the_site(signs_in(browser, "alice", {}), 403)
    assert "cookie" in page


def test_the_api_is_told_in_json(browser: Client, alice: User) -> None:
    signs_in(browser, "alice", opens(browser, "/accounts/login/"))
    answer = browser.post("/api/privacy/", "{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("debug", [False, True])
def test_a_conversation_that_is_none_or_not_hers_is_not_here(
    client: Client, alice: User, carol: User, *, debug: bool
) -> None:
    dave = User.objects.create_user("dave")
    others = services.create_conversation(
        creator_id=alice.pk,
        participant_ids=[dave.pk],
        title="A secret",
        history_visible=True,
        now=datetime.now(UTC),
    )[0]
    client.force_login(carol)
    with override_settings(DEBUG=debug):
        paths = (f"/conversations/{pk}/" for pk in (others.pk, NOWHERE))
        pages = [is_of_the_site(client.get(path), 404) for path in paths]
    assert pages[0] == pages[1]
    assert "not yours to see" in pages[0]
    client.force_login(alice)
    assert client.get(f"/conversations/{others.pk}/").status_code == HTTPStatus.OK


def test_each_refusal_has_a_page(client: Client, alice: User) -> None:
    is_of_the_site(client.get("/nowhere/"), 404)
    is_of_the_site(client.get("/", headers={"Host": "evil.example"}), 400)
    wrong_method = client.get("/accounts/logout/")
    is_of_the_site(wrong_method, 405)
    assert "POST" in wrong_method["Allow"]
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    is_of_the_site(client.get("/admin/auth/user/"), 403)


def test_a_failure_has_a_page_without_the_database_and_tells_no_secret(client: Client) -> None:
    """This test may not use the database, so the session can't be read."""
    client.raise_request_exception = False
    client.cookies["sessionid"] = "a-session"
    page = is_of_the_site(client.get("/"), 500)
    assert "Database" not in page
    assert "a-session" not in page


WEAK = "1234"


def problem_under(page: str, field: str) -> str:
    """What is said to be wrong with the field."""
    found = re.search(rf'id="id_{field}_error">(.*?)</ul>', page, re.DOTALL)
    return found[1] if found else ""


def says_it_under_the_first(answer: HttpResponse, first: str, second: str) -> None:
    """That the password is weak stands under it, and not under its repetition."""
    page = answer.content.decode()
    assert "too short" in problem_under(page, first)
    assert problem_under(page, second) == ""


def test_a_weak_password_is_said_where_it_was_chosen(client: Client, alice: User) -> None:
    form = {"username": "dave", "password1": WEAK, "password2": WEAK}
    answer = client.post("/accounts/signup/", form)
    says_it_under_the_first(answer, "password1", "password2")
    client.force_login(alice)
    form = {"old_password": PASSWORD, "new_password1": WEAK, "new_password2": WEAK}
    answer = client.post("/accounts/password_change/", form)
    says_it_under_the_first(answer, "new_password1", "new_password2")
    link = f"/accounts/reset/{urlsafe_base64_encode(force_bytes(alice.pk))}/"
    client.get(f"{link}{default_token_generator.make_token(alice)}/")
    answer = client.post(f"{link}set-password/", form)
    says_it_under_the_first(answer, "new_password1", "new_password2")


def test_a_repetition_that_differs_is_said_under_it(client: Client, db: None) -> None:
    form = {"username": "dave", "password1": PASSWORD, "password2": PASSWORD[:-1]}
    page = client.post("/accounts/signup/", form).content.decode()
    assert "match" in problem_under(page, "password2")
    assert problem_under(page, "password1") == ""
