"""The admin of presence has room for its columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.chat_page import ChatPage
from tests.sites import ServerSite

pytestmark = pytest.mark.browser

PRESENCES = "/admin/presence/userpresence/"

PROMOTE_AND_CHOOSE = """
from datetime import UTC, datetime, timedelta
from presence import services
from chatsite.realtime.wire import PresenceStatus
user = User.objects.get(username={name!r})
User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
now = datetime.now(UTC)
until = now + timedelta(minutes=52, seconds=30)
services.choose_status(user_id=user.pk, status=PresenceStatus.BUSY, until=until, now=now)
print(user.pk)
"""

CUT_OFF = """() => [...document.querySelectorAll(".results, .form-row, html")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => `${box.className}: ${box.scrollWidth} > ${box.clientWidth}`)"""

BROKEN_WORDS = """() => {
    const table = document.querySelector("#result_list");
    const walker = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    const broken = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node.parentElement.closest(".field-user, .hidden, caption")) continue;
        for (const { 0: word, index } of node.data.matchAll(/[a-z]+/gi)) {
            const range = document.createRange();
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            if (lines.size > 1) broken.push(word);
        }
    }
    return broken;
}"""

NARROWEST = """() => Math.min(
    ...[...document.querySelectorAll(".field-next_step")].map((cell) => cell.clientWidth)
)"""


def test_nothing_of_a_person_is_cut_off_and_no_word_broken(
    site: ServerSite, sign_up: Callable[[str], ChatPage]
) -> None:
    alice = sign_up("alice")
    # Of him it is said that he appears automatically.
    sign_up("bob")
    script = PROMOTE_AND_CHOOSE.format(name=alice.name)
    user_id = site.manage("shell", "-c", script).split()[-1]
    # Beside the page of the chat, which is the connection to be shown.
    admin = alice.page.context.new_page()
    cut_off = []
    for path in ("", f"{user_id}/change/"):
        for width in (1024, 1280):
            admin.set_viewport_size({"width": width, "height": 900})
            admin.goto(PRESENCES + path)
            assert "HeadlessChrome on Linux" in admin.inner_text("#content")
            cut_off += [(path, width, box) for box in admin.evaluate(CUT_OFF)]
    assert cut_off == []
    admin.goto(PRESENCES)
    assert "automatic" in admin.inner_text("#result_list")
    for width in (320, 768, 1024, 1280):
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, admin.evaluate(BROKEN_WORDS)) == (width, [])
        assert admin.evaluate(NARROWEST) >= 144
