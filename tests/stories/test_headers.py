"""What every answer says beside its body."""

from __future__ import annotations

import pytest

from tests.cast import Person
from tests.conftest import CONSUMER
from tests.sites import Site

POLICY = "content-security-policy"


async def test_a_page_runs_and_loads_what_is_of_the_site_alone(site: Site, alice: Person) -> None:
    for path in ("/", "/accounts/login/", "/admin/login/", "/api/conversations/"):
        answer = await alice.client.get(path)
        policy = answer.headers[POLICY]
        assert "default-src 'self';" in policy
        assert "unsafe" not in policy
        assert f"connect-src 'self' ws://{answer.url.netloc.decode()}" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_nothing_is_kept_of_what_is_one_persons(site: Site, alice: Person, room: int) -> None:
    own = ("/", f"/conversations/{room}/", "/accounts/password_change/", "/api/conversations/")
    for path in (*own, "/nowhere/", "/api/nowhere/", "/admin/", f"/api/conversations/{room}/"):
        kept = (await alice.client.get(path)).headers["cache-control"].split(", ")
        assert {"private", "no-store"} <= {*kept}, path
    async with site.http() as nobody:
        for path in ("/accounts/signup/", "/accounts/password_reset/", "/"):
            assert "no-store" in (await nobody.get(path)).headers["cache-control"], path
        # The same for all, and by an address that changes with it.
        style = await nobody.get("/static/conversations/styles/base.css")
        assert "no-store" not in style.headers.get("cache-control", "")


@pytest.mark.parametrize("site", [CONSUMER], indirect=True)
async def test_who_asks_by_tls_may_connect_by_tls_alone(site: Site) -> None:
    async with site.http() as nobody:
        answer = await nobody.get("https://testserver/accounts/login/")
        assert "connect-src 'self' wss://testserver" in answer.headers[POLICY]
        for host, status in (("[::1]:8000", 400), ("elsewhere.example", 400)):
            answer = await nobody.get("/accounts/login/", headers={"Host": host})
            assert answer.status_code == status
            assert answer.headers[POLICY].endswith("connect-src 'self'")
