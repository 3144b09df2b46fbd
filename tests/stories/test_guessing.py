"""Somebody guesses passwords, and everybody else goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from django.core.cache import caches
from django.test import override_settings

from chatsite.signin import known
from tests.cast import PASSWORD, Person
from tests.conftest import CONSUMER
from tests.sites import Site

pytestmark = pytest.mark.parametrize("site", [CONSUMER], indirect=True)

FORMS = ("/accounts/login/", "/admin/login/")


@pytest.fixture(autouse=True)
def three_tries(site: Site) -> Iterator[None]:
    """A site that takes three wrong passwords."""
    with override_settings(PASSWORD_TRIES_PER_ACCOUNT=3):
        yield
    caches["default"].clear()


async def tries(client: httpx.AsyncClient, path: str, name: str, password: str) -> httpx.Response:
    """The answer to a form with this name and password."""
    page = await client.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1]}
    return await client.post(path, data=form)


@pytest.mark.parametrize("path", FORMS)
async def test_who_guesses_is_told_to_wait_and_whom_they_guess_is_not(
    site: Site, alice: Person, bob: Person, path: str
) -> None:
    async with site.http() as guesser:
        for _ in range(3):
            assert (await tries(guesser, path, alice.name, "guess")).status_code == 200
        # Written otherwise it is the same account to the database of some sites.
        for name in (alice.name, alice.name.upper()):
            refused = await tries(guesser, path, name, PASSWORD)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 300
            assert "Please wait a little" in refused.text
        assert (await tries(guesser, "/accounts/login/", bob.name, PASSWORD)).status_code == 302
    # The guesser sits where she does, and she is signed in.
    assert (await alice.client.get("/")).status_code == 200


async def test_an_open_page_is_no_way_to_guess_its_owners_password(alice: Person) -> None:
    path = "/accounts/password_change/"
    form = {"old_password": "guess", "new_password1": "x", "new_password2": "x"}
    answers = [await alice.submits(path, form) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


async def test_an_address_is_known_once_somebody_has_signed_in_and_not_before(
    site: Site, alice: Person
) -> None:
    """To be led to the sign-in is no sign-in."""
    here = "127.0.0.1"
    caches["default"].clear()
    async with site.http() as somebody:
        page = await somebody.get("/accounts/login/")
        token = somebody.cookies["csrftoken"]
        path = "/accounts/password_change/"
        led = await somebody.post(path, data={"csrfmiddlewaretoken": token})
        assert (page.status_code, led.status_code) == (200, 302)
        await tries(somebody, "/accounts/login/", alice.name, "guess")
        assert not known.is_known(here)
        await tries(somebody, "/accounts/login/", alice.name, PASSWORD)
        assert known.is_known(here)


async def test_a_sign_up_says_nothing_of_the_account_that_has_the_name(
    site: Site, alice: Person
) -> None:
    async with site.http() as somebody:
        for _ in range(4):
            page = await somebody.get("/accounts/signup/")
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
            assert token
            form = {"username": alice.name, "password1": "x", "password2": "y"}
            form["csrfmiddlewaretoken"] = token[1]
            assert (await somebody.post("/accounts/signup/", data=form)).status_code == 200
        signed_in = await tries(somebody, "/accounts/login/", alice.name, PASSWORD)
        assert signed_in.status_code == 302
