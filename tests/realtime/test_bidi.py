"""Names that turn nothing around."""

from __future__ import annotations

import pytest

from chatsite.realtime.bidi import isolated, plain_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Alice Moreau", "Alice Moreau"),
        (" דנה לוי ", "דנה לוי"),
        ("exe\u202egpj", "exegpj"),
        ("Bob\u200e", "Bob"),
        ("\u2067Bob\u2069 \u061cand\u200f Co\u202c", "Bob and Co"),
        ("Bob\r\nand\u2028Co", "Bob and Co"),
        # These join letters and emojis, and turn nothing around.
        ("क्\u200cष 👩\u200d💻", "क्\u200cष 👩\u200d💻"),
        ("\u202e", ""),
    ],
)
def test_a_name_is_one_line_that_turns_nothing_around(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_name_in_a_sentence_is_isolated_and_cannot_get_out() -> None:
    assert isolated("דנה") == "\u2068דנה\u2069"
    assert isolated("\u2069\u202eBob") == "\u2068Bob\u2069"
