"""What a run says, and where it is written down."""

from __future__ import annotations

from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def between(text: str, name: str, content: str) -> str:
    """The text with what stands between the markers of this name replaced.

    Raises ``ValueError`` where they are not."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(begin)
    _, ends, after = rest.partition(end)
    if not found or not ends:
        raise ValueError(f"{begin} and {end} are missing")
    return f"{before}{begin}\n{content.strip()}\n{end}{after}"


def write(name: str, content: str, document: Path = DOCUMENT) -> None:
    """Put the content between the markers of the document."""
    text = document.read_text()
    document.write_text(between(text, name, content))
