"""Whatever the page says of what others see is proven by a story, told against the server; what
never leaves the browser, by one that is told there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.browser import test_two_accounts, test_unsent
from tests.stories import (
    test_administration,
    test_changes,
    test_presence,
    test_privacy,
    test_receipt_privacy,
    test_receipts,
    test_timed_status,
    test_typing,
)

Story = Callable[..., Any]

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "conversations"

CLAIM = re.compile(
    r'(?:class="switch-n(?:ote|ame)"[^>]*|data-string="own-[\w-]+"'
    r'|<option value="(?:away|busy|offline)")>'
    r'\{% translate "([^"]+)"'
)
"""Where the page says something of the kind: at a switch, at the status, and in the line that tells
how one appears."""

PROOFS: dict[str, list[Story]] = {
    "Show when I am online and when I was last seen": [
        test_presence.test_she_comes_online,
        test_presence.test_she_is_offline_after_her_grace_with_the_time_she_was_last_seen,
    ],
    "To everyone you share a conversation with.": [test_privacy.test_a_stranger_gets_nothing],
    "When this is off, you appear as offline to all of them, last seen when you turned it off, and"
    " you can't see when they are online or were last seen.": [
        test_privacy.test_who_hides_is_offline_to_others_last_seen_when_they_hid,
        test_privacy.test_who_comes_later_and_who_hides_stays_hidden,
        test_privacy.test_who_hides_does_not_see_others,
    ],
    "Show what I have received and read": [
        test_receipts.test_a_mark_is_announced_and_only_rises,
        test_receipts.test_what_others_have_read_is_in_the_conversation_too,
    ],
    "While this is on, a message that reaches you tells its sender so, even if the first switch"
    " is off.": [
        test_receipt_privacy.test_who_hides_presence_alone_still_tells_what_they_receive_and_read
    ],
    "When this is off, nobody is told what you receive and read, and you can't see what others"
    " have.": [
        test_receipt_privacy.test_who_hides_announces_no_receipts_and_gets_none,
        test_receipt_privacy.test_hiding_receipts_hides_nothing_else,
    ],
    "Show when I am typing": [test_typing.test_it_starts_and_stops],
    "When this is off, nobody sees that you are typing, and you can't see when others are.": [
        test_privacy.test_who_does_not_show_typing_is_not_seen_typing,
        test_privacy.test_who_does_not_show_typing_sees_nobody_type,
    ],
    "No switch hides your messages and reactions.": [
        test_privacy.test_no_switch_hides_messages_and_reactions,
    ],
    "To leave no sign of being here until you write or react, whatever the switches say, choose"
    " “Appear offline” as your status.": [
        test_presence.test_appearing_offline_leaks_nothing,
        test_presence.test_who_appears_offline_is_not_among_the_people_who_are_there,
        test_privacy.test_last_seen_stands_still_while_somebody_appears_offline,
        test_receipt_privacy.test_what_is_read_while_appearing_offline_is_shown_only_once_more_is_read,
    ],
    "Appear offline": [test_presence.test_appearing_offline_leaks_nothing],
    "Away": [test_presence.test_a_chosen_status_is_shown_and_kept],
    "Busy": [test_presence.test_a_chosen_status_is_shown_and_kept],
    "You appear as online": [test_presence.test_she_comes_online],
    "You appear as away": [test_presence.test_idle_on_all_devices_is_away],
    "You appear as busy": [test_presence.test_a_chosen_status_is_shown_and_kept],
    "You appear as offline": [
        test_presence.test_appearing_offline_leaks_nothing,
        test_privacy.test_who_hides_is_offline_to_others_last_seen_when_they_hid,
    ],
    "You appear as away until {time}": [
        test_timed_status.test_it_ends_while_she_is_connected_and_that_is_told_once
    ],
    "You appear as busy until {time}": [
        test_timed_status.test_it_ends_while_she_is_connected_and_that_is_told_once
    ],
    "You appear as offline until {time}": [
        test_timed_status.test_appearing_offline_ends_too_and_she_may_be_seen_typing_again
    ],
    "Who joins later sees earlier messages": [
        test_administration.test_an_admin_opens_and_closes_it
    ],
    "When this is off, people see only what was written after they joined.": [
        test_administration.test_who_joins_later_sees_nothing_of_before,
        test_administration.test_nor_of_who_has_read_it,
        test_administration.test_nor_of_what_becomes_of_it,
    ],
    "It is deleted for everybody, and can't be brought back.": [
        test_changes.test_a_deleted_message_says_nothing_and_has_no_reactions,
        test_changes.test_a_deleted_message_can_not_be_changed_and_may_be_answered,
    ],
    "What you wrote and could not be sent.": [
        test_unsent.test_what_was_written_in_a_group_that_one_was_removed_from_is_kept
    ],
    "It is kept in this browser, for you alone.": [
        test_unsent.test_half_a_text_outlives_a_sign_out_in_another_tab,
        test_two_accounts.test_what_waits_is_not_sent_as_whoever_signed_in_meanwhile,
    ],
}
"""Each sentence, and the stories that show it to be true."""

NO_CLAIMS = {"Connecting…"}
"""What stands in such a place and says nothing of what others see."""


def sentences() -> set[str]:
    """All that the page says of it."""
    texts = [
        unescape(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        for path in sorted(TEMPLATES.glob("*.html"))
        for text in CLAIM.findall(path.read_text())
    ]
    return {sentence for text in texts for sentence in re.split(r"(?<=\.)\s+", text)}


def test_each_sentence_of_the_page_is_proven_and_nothing_else_is() -> None:
    assert sentences() - NO_CLAIMS == {sentence for sentence, stories in PROOFS.items() if stories}


def test_the_privacy_dialog_says_nothing_outside_of_such_places() -> None:
    page = (TEMPLATES / "chat.html").read_text()
    dialog = page[page.index('data-hook="privacy-dialog"') :].partition("</dialog>")[0]
    said = re.findall(r'\{% translate "([^"]+)"', dialog)
    claims = CLAIM.findall(dialog)
    assert [text for text in said if text not in claims] == [
        "Privacy",
        "Change your password",
        "Done",
    ]
