"""Names of files keep what their owner gave them, and do no harm."""

from __future__ import annotations

import pytest

from conversations.filenames import MAX_NAME, disposition, safe_name, unescaped
from conversations.mediatypes import SHOWN_IMAGES


@pytest.mark.parametrize(
    ("name", "content_type", "safe"),
    [
        ("notes.txt", "", "notes.txt"),
        (" a\0b\n.txt ", "", "ab.txt"),
        ("invoice\u202efdp.exe", "", "invoicefdp.exe"),
        ("שלום 👋.pdf", "", "שלום 👋.pdf"),
        ("", "", ""),
        ('the "plan".txt', "", 'the "plan".txt'),
        ("a%22b.txt", "", "a%22b.txt"),
        ("👩‍👩‍👧 at home.txt", "", "👩‍👩‍👧 at home.txt"),
        ("می‌خواهم.pdf", "", "می‌خواهم.pdf"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.txt",
            "",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.txt",
        ),
        ("a\U000e0067b.txt", "", "ab.txt"),
        ("\u200d\u200c", "", ""),
        ("\U0001fae8 new.txt", "", "\U0001fae8 new.txt"),
        ("a\u2028b\ufeff\u2066.txt", "", "ab.txt"),
        ("../a/b.txt", "", "b.txt"),
        ("a\\b.txt", "", "a\\b.txt"),
        ("a" * 300 + ".txt", "", "a" * (MAX_NAME - 4) + ".txt"),
        ("a." + "b" * 300, "", "a." + "b" * (MAX_NAME - 2)),
        ("cat.jpeg", "image/jpeg", "cat.jpeg"),
        ("cat.gif", "image/webp", "cat.webp"),
        ("cat", "image/png", "cat.png"),
        ("", "image/png", "image.png"),
        ("a" * 300 + ".gif", "image/png", "a" * (MAX_NAME - 4) + ".png"),
    ],
)
def test_a_name_is_safe_to_see(name: str, content_type: str, safe: str) -> None:
    assert safe_name(name, content_type=content_type, shown_as=SHOWN_IMAGES) == safe


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plan.txt", 'filename="plan.txt"'),
        ("my plan (2).txt", 'filename="my plan (2).txt"'),
        ('the "plan".txt', "filename=\"the _plan_.txt\"; filename*=UTF-8''the%20%22plan%22.txt"),
        ("a%22b.txt", "filename=\"a_22b.txt\"; filename*=UTF-8''a%2522b.txt"),
        ("a\\b;c.txt", "filename=\"a_b;c.txt\"; filename*=UTF-8''a%5Cb%3Bc.txt"),
        ("é.txt", "filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt"),
        (
            "👩\u200d👧.txt",
            "filename=\"___.txt\"; filename*=UTF-8''%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7.txt",
        ),
    ],
)
def test_a_browser_saves_it_by_its_name(name: str, header: str) -> None:
    assert disposition(name, is_download=True) == f"attachment; {header}"
    assert disposition(name, is_download=False) == f"inline; {header}"


def test_a_quote_in_the_header_of_a_part_is_one() -> None:
    assert unescaped("the %22plan%22 100%.txt") == 'the "plan" 100%.txt'
