"""Rules as tables."""

from __future__ import annotations

import pytest

from conversations.cursors import Cursor, parse_resume
from conversations.policy import direct_key, is_blank, is_emoji, may_type, names_nothing


@pytest.mark.parametrize("text", ["👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_one_emoji_is_one_however_many_code_points_it_takes(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "1", "👍👍", "👍 ", "ok", "<b>", "é", "👍" + "\u200d👍" * 40, "🇫"),
        *("👍\ufe0e", "👍\u200d", "👍\u200d\u200d👍", "👍\u0301"),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "\u200b", "\u200d\ufe0f", "\u3164", "\u2800 \xa0", "\ufffb\x1b", "\u200b" * 8_000],
)
def test_text_of_invisible_characters_only_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200b.", ".\u200b", "❤️", "\u0301", "\u200b" * 8_000 + "a"])
def test_text_of_which_anything_can_be_seen_is_not(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("text", ["", " \u200b", "\u0338" * 30, "\u0301 \u20dd\u200d", "\u0903"])
def test_neither_what_is_blank_nor_marks_without_a_letter_name_anything(text: str) -> None:
    assert names_nothing(text)


@pytest.mark.parametrize("text", ["a", "e\u0301", "\u0301a", "कि", "❤️", ".", "🦄"])
def test_a_letter_or_a_sign_names_something(text: str) -> None:
    assert not names_nothing(text)


def test_a_direct_conversation_has_one_name_whoever_asks() -> None:
    assert direct_key({9, 3}) == direct_key({3, 9}) == "3:9"


@pytest.mark.parametrize(("participants", "may"), [(2, True), (100, True), (101, False)])
def test_large_conversations_have_no_typing(participants: int, may: bool) -> None:
    assert may_type(participants=participants, limit=100) is may


@pytest.mark.parametrize(
    ("text", "cursors"),
    [
        ("", {}),
        ("12:57,13:4", {12: Cursor(57), 13: Cursor(4)}),
        ("12:57:130,13:4:0", {12: Cursor(57, 130), 13: Cursor(4, 0)}),
        ("12:57:,13:1:-1,14:1:2:3,15:1:x", {}),
        ("12:57,x,13,14:-1,:,15:²", {12: Cursor(57)}),
        ("99999999999999999999:1,1:0", {1: Cursor(0)}),
    ],
)
def test_resume_is_a_hint_and_what_is_malformed_is_left_out(
    text: str, cursors: dict[int, Cursor]
) -> None:
    assert parse_resume(text) == cursors
