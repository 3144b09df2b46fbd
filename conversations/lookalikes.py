"""User names that look alike, by Unicode's table of confusable characters (UTS #39)."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import regex

MAX_SKELETON = 250
"""Characters that are kept of a skeleton: one letter may look like several."""

_TABLE = Path(__file__).parent / "vendor" / "unhomoglyph-1.0.6" / "data.json"
_prototypes: dict[int, str] = str.maketrans(json.loads(_TABLE.read_text(encoding="utf-8")))
_invisible = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


def skeletons_like(name: str) -> set[str]:
    """Those of the names that are taken for this one: in capitals and in small letters, too."""
    return {skeleton(written) for written in (name, name.lower(), name.upper(), name.title())}


def skeleton(name: str) -> str:
    """What two names have in common exactly if they look alike: written with the letters that
    others are taken for, in lower case. It is not for people to read."""
    visible = _invisible.sub("", unicodedata.normalize("NFD", name))
    # Before lower case: "I" is taken for "l", and "i" is not.
    seen = unicodedata.normalize("NFD", visible.translate(_prototypes)).casefold()
    return (seen or name)[:MAX_SKELETON]
