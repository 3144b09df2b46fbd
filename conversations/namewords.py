"""Names as the words by which people are found: without case, accents and apostrophes.

The words are UTF-8 bytes. Both databases compare bytes one by one, whatever their collation, so one
range of an index holds all words that begin alike.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable

import regex

WORD_BYTES = 64
"""What is kept of a word, and looked for: the longest that an index should have to hold."""

MAX_ASKED = 8
"""Words that are looked for at once; of more, the longest."""

AFTER_ALL = b"\xff"
"""No UTF-8 has this byte, so a word and this byte come after all words that begin with it."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŧ": "t", "ŋ": "n"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters with a stroke and the like, which Unicode does not take apart."""

_apostrophe = regex.compile("['`\u00b4\u2018\u2019\u201b\u2032\u02b9-\u02bf\u02c8\ua78c\uff07]")
# A zero-width non-joiner stands between the parts of a word, as a hyphen does.
_invisible = regex.compile(r"[\p{Default_Ignorable_Code_Point}--\u200c]", regex.VERSION1)
_between = regex.compile(r"[\p{P}\p{Sm}\p{Sc}\p{Sk}\p{C}]+")
_between_or_apostrophe = regex.compile(rf"(?:{_apostrophe.pattern}|{_between.pattern})+")
_spaceless = regex.compile(r"[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]+")
_space = regex.compile(r"[\s\p{Z}]+")


def words_of_account(username: str, first_name: str, last_name: str) -> set[bytes]:
    """``words_of`` their names. A full name in Chinese, Japanese or Korean letters is also one
    word, since it is written without a space: with either part in front."""
    parts = ["".join(_space.split(name)) for name in (first_name, last_name)]
    full = ["".join(parts), "".join(reversed(parts))]
    return words_of([username, first_name, last_name, *filter(_spaceless.fullmatch, full)])


def words_of(names: Iterable[str]) -> set[bytes]:
    """The words by which somebody of these names is found.

    Of a compound all its parts, and the whole: "Mary-Jane O'Neil" is found by ``mary``, ``jane``,
    ``maryjane``, ``oneil`` and ``neil``.
    """
    found: set[str] = set()
    for name in names:
        for token in _tokens(name):
            bare = _apostrophe.sub("", token)
            found.update(_between.split(bare))
            found.update(_between_or_apostrophe.split(token))
            found.add(_between.sub("", bare))
    found.discard("")
    return set(map(_cut, found))


def asked_words(text: str, *, joined: bool = False) -> list[bytes]:
    """The words that somebody found by ``text`` must have: each the beginning of one of theirs.
    The longest come first. ``joined``: a compound is one word, and not its parts."""
    found: set[str] = set()
    for token in _tokens(text):
        bare = _apostrophe.sub("", token)
        found.update([_between.sub("", bare)] if joined else _between.split(bare))
    found.discard("")
    longest = sorted(map(_cut, found), key=lambda word: (-len(word), word))
    asked: list[bytes] = []
    for word in longest:
        # Whoever has the longer one has a word that begins with this.
        if not any(other.startswith(word) for other in asked):
            asked.append(word)
    return asked[:MAX_ASKED]


def letters_of(words: Iterable[bytes]) -> int:
    """How the words begin, as 62 bits: one for the first letter of each, and one for its first two.
    Whoever lacks a bit of those that are asked for lacks that word; who has all may have it."""
    bits = 0
    for word in words:
        start = word.decode(errors="ignore")[:2]
        bits |= 1 << zlib.crc32(start[:1].encode()) % 31
        if len(start) == 2:
            bits |= 1 << (31 + zlib.crc32(start.encode()) % 31)
    return bits


def _tokens(text: str) -> list[str]:
    # Before the rest: decomposed, some of them would be a space with an accent.
    kept = _invisible.sub("", _apostrophe.sub("'", text))
    folded = unicodedata.normalize("NFKD", kept).casefold().translate(_LETTERS)
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char)
    )
    return [token for token in _space.split(plain) if token]


def _cut(word: str) -> bytes:
    return word.encode()[:WORD_BYTES]
