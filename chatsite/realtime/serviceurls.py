"""Addresses of services, as an operator writes them: what all of them have in common."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


class UnreadableURL(ValueError):
    """A URL can't be read. The text says why, and holds nothing of the URL but its scheme."""


def urls_in(text: str) -> list[str]:
    """The URLs of a comma separated list. Those of Sentinel have commas of their own, so what
    has no scheme belongs to the URL before it."""
    urls: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if "://" in part or not urls:
            urls.append(part)
        else:
            urls[-1] += f",{part}"
    return urls


def split_url(url: str, *, schemes: tuple[str, ...], name: str) -> SplitResult:
    """The parts of a URL with one of the schemes. ``name`` is the setting's, for the errors.

    Raises ``UnreadableURL``, also for a password that is not percent-encoded where it must be:
    what stands behind its first ``/``, ``?`` or ``#`` would be taken, and shown, as a path."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in schemes:
        raise UnreadableURL(f"{name} must begin with one of {', '.join(schemes)}, and ://")
    netloc, mark, behind = _divided(rest)
    is_unsafe = any(character.isspace() or character in '"<>' for character in netloc)
    if is_unsafe or (netloc and "@" in behind and "@" not in netloc):
        raise UnreadableURL(
            f"{name} has a user or a password with characters that must be percent-encoded, such"
            " as %2F for /, %3F for ?, %23 for # and %20 for a space."
        )
    return urlsplit(f"{scheme}://{netloc}{mark}{behind}")


def _divided(rest: str) -> tuple[str, str, str]:
    """What is before the first ``/``, ``?`` or ``#``; that character; and what is behind it."""
    for position, character in enumerate(rest):
        if character in "/?#":
            return rest[:position], character, rest[position + 1 :]
    return rest, "", ""
