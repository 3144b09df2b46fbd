"""What an upload is, by its content: names and headers are only what somebody says."""

from __future__ import annotations

import mimetypes
import re
from enum import StrEnum
from typing import IO, NamedTuple

from conversations.containers import brands_of, mp4_tracks, webm_tracks

HEAD = 64 * 1024
"""Bytes from the start of an upload that tell what it is."""


class MediaKind(StrEnum):
    """How an upload is shown; also the ``messageType`` of a message that carries it."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


class MediaType(NamedTuple):
    """A kind, and the content type it is served as; of a video its size, where it says so."""

    kind: MediaKind
    content_type: str
    width: int | None = None
    height: int | None = None


FILE = MediaType(MediaKind.FILE, "application/octet-stream")
"""Everything else. Its own type is never served, so that no browser can run it as a page."""

SHOWN_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What every browser shows. Pictures are kept as one of these, whatever they came as."""

# What phones and cameras write into one container, by what the file calls itself.
_AVIF = {b"avif", b"avis"}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}

# Where the first bytes are enough. "…" stands for any byte.
_SIGNATURES = (
    (rb"\xff\xd8\xff", MediaType(MediaKind.IMAGE, "image/jpeg")),
    (rb"\x89PNG\r\n\x1a\n", MediaType(MediaKind.IMAGE, "image/png")),
    (rb"GIF8[79]a", MediaType(MediaKind.IMAGE, "image/gif")),
    (rb"RIFF.{4}WEBP", MediaType(MediaKind.IMAGE, "image/webp")),
    (rb"RIFF.{4}WAVE", MediaType(MediaKind.AUDIO, "audio/wav")),
    (rb"fLaC", MediaType(MediaKind.AUDIO, "audio/flac")),
    (rb"ID3[\x02-\x04]", MediaType(MediaKind.AUDIO, "audio/mpeg")),
    # A frame of MPEG audio, layer 3, of a bit rate and a sampling rate that there are.
    (rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", MediaType(MediaKind.AUDIO, "audio/mpeg")),
    (rb"\xff[\xf0\xf1\xf8\xf9]", MediaType(MediaKind.AUDIO, "audio/aac")),
    (rb"OggS.{24,282}(?:OpusHead|\x01vorbis)", MediaType(MediaKind.AUDIO, "audio/ogg")),
)
_signatures = tuple((re.compile(mark, re.DOTALL), found) for mark, found in _SIGNATURES)


def recognise(file: IO[bytes]) -> MediaType:
    """What the file holds. Leaves it at its beginning."""
    file.seek(0)
    head = file.read(HEAD)
    found = _recognised(file, head)
    file.seek(0)
    return found


def _recognised(file: IO[bytes], head: bytes) -> MediaType:
    for mark, found in _signatures:
        if mark.match(head):
            return found
    brands = brands_of(head)
    if brands & _AVIF:
        return MediaType(MediaKind.IMAGE, "image/avif")
    if brands & _HEIF:
        return MediaType(MediaKind.IMAGE, "image/heic")
    # A film of QuickTime is one of MP4 in all that browsers look at, but for its name.
    return _of_tracks(file, head, brands)


def _of_tracks(file: IO[bytes], head: bytes, brands: set[bytes]) -> MediaType:
    tracks, container = (mp4_tracks(file), "mp4") if brands else (webm_tracks(head), "webm")
    if tracks is not None and tracks.has_video:
        return MediaType(MediaKind.VIDEO, f"video/{container}", tracks.width, tracks.height)
    if tracks is not None and tracks.has_sound:
        return MediaType(MediaKind.AUDIO, f"audio/{container}")
    return FILE


def claims_image(*, name: str, content_type: str) -> bool:
    """Whether somebody says that this is an image of a type which is shown as one."""
    return bool({content_type, mimetypes.guess_type(name)[0]} & SHOWN_IMAGES)
