"""A real site, and Chromium windows on it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chat_page import ChatPage
from tests.cast import PASSWORD
from tests.conftest import Sites
from tests.sites import ServerSite

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium that is installed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "Chromium is missing. On Debian or Ubuntu: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(sites: Sites) -> ServerSite:
    """A server of its own."""
    return sites.get("uvicorn")


@pytest.fixture
def sign_up(
    browser: Browser, site: ServerSite, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], ChatPage]]:
    """Let somebody sign up, in a browser of their own: ``sign_up("alice")``.

    If the story fails, a picture of each window is left in ``tmp_path``.
    """
    pages: list[Page] = []

    def sign_up(name: str) -> ChatPage:
        context = browser.new_context(base_url=site.servers[0].url)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        pages.append(page)
        person = ChatPage(page, f"{name}-{uuid.uuid4().hex[:6]}")
        person.signs_up(PASSWORD)
        return person

    failed_before = request.session.testsfailed
    yield sign_up
    for number, page in enumerate(pages, start=1):
        if request.session.testsfailed > failed_before and not page.is_closed():
            page.screenshot(path=tmp_path / f"window-{number}.png", full_page=True)
        page.context.close()


@pytest.fixture
def alice(sign_up: Callable[[str], ChatPage]) -> ChatPage:
    """Alice, with the conversation with Bob open."""
    return sign_up("alice")


@pytest.fixture
def bob(sign_up: Callable[[str], ChatPage], alice: ChatPage) -> ChatPage:
    """Bob, with whom Alice starts a conversation. He has it in his list."""
    bob = sign_up("bob")
    alice.starts_conversation_with(bob.name)
    expect(bob.row).to_contain_text(alice.name)
    return bob
