"""Texts of either direction within each other, by Unicode's bidirectional algorithm (UAX #9)."""

from __future__ import annotations

import regex

FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"

_controls = regex.compile(r"\p{Bidi_Control}+")
_breaks = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}]+")


def plain_name(text: str) -> str:
    """A name or a title as everybody is shown it: on one line, and without the invisible
    characters that turn the text after them around, or tell two names apart that look alike."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _controls.sub("", _breaks.sub(" ", text)).strip()


def isolated(text: str) -> str:
    """A name, to be put into a sentence: it runs as its own first letter does, and what stands
    around it runs as it would without it."""
    return f"{FIRST_STRONG_ISOLATE}{plain_name(text)}{POP_ISOLATE}"
