"""What an upload is, by its content."""

from __future__ import annotations

import pytest

from conversations.mediatypes import FILE, MAX_NAME, claims_image, recognise, safe_name
from tests.pictures import HTML, SVG, drawn

OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x13"
MATROSKA = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
MP4 = b"\0\0\0\x1cftypM4A \0\0\0\0isommp42" + b"\0\0\0\x08free" + b"....moov....hdlr....."


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (drawn("JPEG"), "image/jpeg"),
        (drawn("PNG"), "image/png"),
        (drawn("GIF"), "image/gif"),
        (drawn("WEBP"), "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"ID3\x04\0\0\0\0\0\x23", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (OGG + b"OpusHead\x01", "audio/ogg"),
        (OGG + b"\x01vorbis", "audio/ogg"),
        (MP4 + b"soun", "audio/mp4"),
        (MATROSKA + b"...\x86\x86A_OPUS", "audio/webm"),
    ],
)
def test_it_is_recognised(head: bytes, content_type: str) -> None:
    found = recognise(head)
    assert found.content_type == content_type
    assert found.kind == content_type.partition("/")[0]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        SVG,
        HTML,
        b" " + drawn("PNG"),
        drawn("BMP"),
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"MZ",
        OGG + b"\x80theora",
        MP4 + b"vide" + b"soun",
        MP4,
        MATROSKA + b"...\x86\x85V_VP9...\x86\x86A_OPUS",
        MATROSKA,
        b"\xff\xfb\xf0\x64",
    ],
)
def test_everything_else_is_a_file(head: bytes) -> None:
    assert recognise(head) == FILE


@pytest.mark.parametrize(
    ("name", "content_type", "claims"),
    [
        ("cat.png", "", True),
        ("cat.JPG", "application/octet-stream", True),
        ("cat", "image/webp", True),
        ("logo.svg", "image/svg+xml", False),
        ("cat.bmp", "image/bmp", False),
        ("notes.txt", "text/plain", False),
        ("", "", False),
    ],
)
def test_some_say_that_it_is_an_image(name: str, content_type: str, *, claims: bool) -> None:
    assert claims_image(name=name, content_type=content_type) is claims


@pytest.mark.parametrize(
    ("name", "content_type", "safe"),
    [
        ("notes.txt", FILE.content_type, "notes.txt"),
        (" a\0b\n.txt ", FILE.content_type, "ab.txt"),
        ("invoice\u202efdp.exe", FILE.content_type, "invoicefdp.exe"),
        ("שלום 👋.pdf", FILE.content_type, "שלום 👋.pdf"),
        ("", FILE.content_type, ""),
        ("a" * 300 + ".txt", FILE.content_type, "a" * (MAX_NAME - 4) + ".txt"),
        ("a." + "b" * 300, FILE.content_type, "a." + "b" * (MAX_NAME - 2)),
        ("cat.jpeg", "image/jpeg", "cat.jpeg"),
        ("cat.gif", "image/webp", "cat.webp"),
        ("cat", "image/png", "cat.png"),
        ("", "image/png", "image.png"),
        ("a" * 300 + ".gif", "image/png", "a" * (MAX_NAME - 4) + ".png"),
    ],
)
def test_a_name_is_safe_to_see(name: str, content_type: str, safe: str) -> None:
    assert safe_name(name, content_type=content_type) == safe
