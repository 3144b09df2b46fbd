"""What an upload is, by its content."""

from __future__ import annotations

import io

import pytest

from conversations.mediatypes import FILE, claims_image, recognise
from tests.pictures import HTML, SVG, boxed, drawn, moving, mp4, track

OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x13"
MATROSKA = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
SOUND = track(b"soun", b"mp4a")
FILM = track(b"vide", b"avc1", size=(640, 360))
COVER = track(b"vide", b"jpeg", size=(300, 300))
VP9 = MATROSKA + b"...\x86\x85V_VP9\xe0\x88\xb0\x82\x02\x80\xba\x82\x01\x68"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (drawn("JPEG"), "image/jpeg"),
        (drawn("PNG"), "image/png"),
        (drawn("GIF"), "image/gif"),
        (drawn("WEBP"), "image/webp"),
        (drawn("HEIF"), "image/heic"),
        (drawn("AVIF"), "image/avif"),
        (moving("AVIF"), "image/avif"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"ID3\x04\0\0\0\0\0\x23", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (OGG + b"OpusHead\x01", "audio/ogg"),
        (OGG + b"\x01vorbis", "audio/ogg"),
        (mp4(SOUND, brand=b"M4A "), "audio/mp4"),
        (mp4(SOUND, COVER, brand=b"M4A "), "audio/mp4"),
        (mp4(SOUND, FILM), "video/mp4"),
        (mp4(FILM, media=10), "video/mp4"),
        (mp4(FILM, SOUND, brand=b"qt  "), "video/mp4"),
        (VP9, "video/webm"),
        (VP9 + b"...\x86\x86A_OPUS", "video/webm"),
        (MATROSKA + b"...\x86\x86A_OPUS...V_", "audio/webm"),
        (MATROSKA + b"...\x86\x86A_OPUS", "audio/webm"),
    ],
)
def test_it_is_recognised(content: bytes, content_type: str) -> None:
    file = io.BytesIO(content)
    found = recognise(file)
    assert found.content_type == content_type
    assert found.kind == content_type.partition("/")[0]
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (mp4(SOUND, FILM), (640, 360)),
        (mp4(track(b"vide", b"hvc1", size=(1920, 1080), turned=True)), (1080, 1920)),
        (mp4(track(b"vide", b"avc1")), (None, None)),
        (mp4(boxed(b"trak", boxed(b"mdia", boxed(b"hdlr", bytes(8), b"vide")))), (None, None)),
        (VP9, (640, 360)),
        (MATROSKA + b"\x86\x85V_VP8", (None, None)),
    ],
)
def test_a_film_says_how_large_it_is_upright(content: bytes, size: tuple[int, int]) -> None:
    found = recognise(io.BytesIO(content))
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    "content",
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
        mp4(),
        mp4(COVER),
        mp4(SOUND)[:-1],
        mp4(SOUND, FILM)[:100_010],
        boxed(b"ftyp", b"isom") + bytes(64),
        boxed(b"ftyp", b"isom") + (1).to_bytes(4) + b"moov" + (2**63).to_bytes(8),
        boxed(b"ftyp", b"isom") + boxed(b"free") * 6_000 + boxed(b"moov", SOUND),
        VP9.replace(b"\x82\x84webm", b"\x82\x88matroska"),
        MATROSKA,
        b"\xff\xfb\xf0\x64",
    ],
)
def test_everything_else_is_a_file(content: bytes) -> None:
    assert recognise(io.BytesIO(content)) == FILE


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
