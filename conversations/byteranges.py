"""The part of a file that a player asks for."""

from __future__ import annotations

import re

_range = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def byte_range(header: str, *, size: int) -> range | None:
    """The bytes that a Range header asks for; ``None`` for all: it asks for several parts, or for
    something that is none. Raises ``ValueError`` where it asks for what is not there."""
    match = _range.fullmatch(header)
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        # The last so many.
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise ValueError(header)
    return range(start, stop)
