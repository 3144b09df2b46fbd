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
async def test_who_asks_by_tls_may_connect_by_tls_alone(site: Site) -> None:
    async with site.http() as nobody:
        answer = await nobody.get("https://testserver/accounts/login/")
        assert "connect-src 'self' wss://testserver" in answer.headers[POLICY]
        for host, status in (("[::1]:8000", 400), ("elsewhere.example", 400)):
            answer = await nobody.get("/accounts/login/", headers={"Host": host})
            assert answer.status_code == status
            assert answer.headers[POLICY].endswith("connect-src 'self'")
