"""The words by which people are found."""

# ruff: noqa: RUF001 (of letters that look like others)

from __future__ import annotations

import pytest

from conversations.namewords import AFTER_ALL, WORD_BYTES, asked_words, letters_of, words_of


def is_found(name: str, text: str) -> bool:
    """Whether who looks for the text finds somebody of this name: as the database does it."""
    words = words_of([name])
    return any(
        asked != []
        and all(any(one <= word < one + AFTER_ALL for word in words) for one in asked)
        and letters_of(words) & letters_of(asked) == letters_of(asked)
        for asked in (asked_words(text), asked_words(text, joined=True))
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bob Okafor", "bob o"),
        ("Bob Okafor", "OKAFOR bob"),
        ("Mary Jane Watson", "Jane"),
        ("Mary Jane Watson", "wat mar"),
        ("Mary Jane Watson", "mary-jane"),
        ("Mary-Jane Watson", "mary-jane"),
        ("Mary-Jane Watson", "maryjane"),
        ("Mary-Jane Watson", "jane"),
        ("Mary‐Jane", "mary jane"),
        ("maryjane", "mary-jane"),
        ("Chloé", "chloe"),
        ("Chloe\u0301", "Chloé"),
        ("Chloe", "chloé"),
        ("O’Neil", "O'Neil"),
        ("O'Neil", "o’n"),
        ("O\u02bcNeil", "oneil"),
        ("O\u00b4Neil", "oneil"),
        ("Oneil", "O'Neil"),
        ("D’Artagnan", "artagnan"),
        ("Émile Zola", "émile"),
        ("ÉMILE", "emi"),
        ("Иван Петров", "иван"),
        ("ИВАН Йорк", "йорк ив"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("Işık", "isik"),
        ("İpek", "ipek"),
        ("Weiß", "WEISS"),
        ("Αλέξης", "αλεξησ"),
        ("김민수", "김미"),
        ("山田太郎", "山田"),
        ("ｗｉｄｅ", "wide"),
        ("علی\u200cرضا", "رضا"),
        ("أحمد", "احمد"),
        ("Ma\u00adry", "mary"),
        ("bob@example.com", "bob@example.com"),
        ("bob@example.com", "example"),
        ("bob_okafor", "bob_ok"),
        ("bob_okafor", "bobok"),
        ("🦄 Bob", "🦄"),
    ],
)
def test_a_name_is_found_by(name: str, text: str) -> None:
    assert is_found(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bob Okafor", "bob x"),
        ("Bob Okafor", "ob"),
        ("Bob Okafor", "kafor"),
        ("Mary Jane Watson", "janet"),
        ("Bob", ""),
        ("Bob", " \t "),
        ("Bob", "'"),
        ("Bob", "-"),
        ("Bob", "\u0301"),
        ("Bob", "%"),
        ("Bob", "_"),
    ],
)
def test_a_name_is_not_found_by(name: str, text: str) -> None:
    assert not is_found(name, text)


def test_no_word_is_longer_than_an_index_holds_and_is_found_all_the_same() -> None:
    name = "ﷺ" * 150
    assert max(map(len, words_of([name]))) <= WORD_BYTES
    assert is_found(name, name)


def test_what_is_asked_is_bounded_and_names_nothing_twice() -> None:
    assert asked_words("anna an a Anna ánna") == [b"anna"]
    assert asked_words(" ".join(f"w{number}" for number in range(100, 200))) == [
        f"w{number}".encode() for number in range(100, 108)
    ]


def test_what_no_database_can_hold_is_no_word() -> None:
    assert asked_words("\ud800bob\0") == [b"bob"]
