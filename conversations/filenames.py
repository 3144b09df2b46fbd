"""Names of files: as their owner gave them, as people see them, and as a browser saves them."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import quote

MAX_NAME = 200

# Invisible, and yet part of what is seen: joiners (an emoji of a family, Persian words), and the
# tags of which flags of regions are made.
_JOINERS = "\u200c\u200d"
_tags = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")
# Controls, what turns the text around, halves of characters, ends of lines. A character that is
# not assigned may be the emoji of next year.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def unescaped(name: str) -> str:
    """The name in the header of a form's part, where browsers write a quote as ``%22``."""
    return name.replace("%22", '"')


def safe_name(name: str, *, content_type: str = "", shown_as: frozenset[str] = frozenset()) -> str:
    """The name that people see: without what is hidden or turns the text around, and with the
    extension of its type, where that is one of ``shown_as``: then it was drawn here."""
    seen = _visible(name.rpartition("/")[2])
    stem, dot, extension = seen.rpartition(".")
    if content_type in shown_as and mimetypes.guess_type(seen)[0] != content_type:
        known = mimetypes.guess_extension(content_type) or ""
        stem = stem if dot else extension
        return f"{stem[: MAX_NAME - len(known)] or 'image'}{known}"
    room = MAX_NAME - len(dot) - len(extension)
    return f"{stem[:room]}{dot}{extension}"[:MAX_NAME] if room > 0 else seen[:MAX_NAME]


def _visible(name: str) -> str:
    kept = "".join(one for one in _tags.sub("", name) if not _is_hidden(one))
    return kept.strip().strip(_JOINERS)


def _is_hidden(one: str) -> bool:
    is_part = one in _JOINERS or "\U000e0020" <= one <= "\U000e007f"
    return not is_part and unicodedata.category(one) in _HIDDEN


def disposition(name: str, *, is_download: bool) -> str:
    """The header of this name (RFC 6266). Only a name that every browser reads alike stands in
    it plainly: some take ``%22`` for a quote, and some end at an escaped one."""
    how = "attachment" if is_download else "inline"
    if re.fullmatch(r"[ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]*", name):
        return f'{how}; filename="{name}"'
    plain = re.sub(r"[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]", "_", name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
