"""The part of a file that a player asks for."""

from __future__ import annotations

import pytest

from conversations.byteranges import byte_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", range(10)),
        ("bytes=10-", range(10, 100)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(100)),
        ("bytes=99-99", range(99, 100)),
    ],
)
def test_one_part(header: str, part: range) -> None:
    assert byte_range(header, size=100) == part


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=9-0", "bytes=0-1,5-6", "lines=0-1", "bytes=x-1", "bytes=\u0660-"],
)
def test_otherwise_all(header: str) -> None:
    assert byte_range(header, size=100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=1000-2000", "bytes=-0"])
def test_what_is_not_there(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        byte_range(header, size=100)
