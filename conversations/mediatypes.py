"""What an upload is, by its content: names and headers are only what somebody says."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

HEAD = 64 * 1024
"""Bytes from the start of an upload that tell what it is."""

MAX_NAME = 200


class MediaKind(StrEnum):
    """How an upload is shown; also the ``messageType`` of a message that carries it."""

    IMAGE = "image"
    AUDIO = "audio"
    FILE = "file"


class MediaType(NamedTuple):
    """A kind, and the content type it is served as."""

    kind: MediaKind
    content_type: str


FILE = MediaType(MediaKind.FILE, "application/octet-stream")
"""Everything else. Its own type is never served, so that no browser can run it as a page."""

_IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp"}

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

# Containers of sound and pictures alike: what counts is which tracks they declare.
_mp4 = re.compile(rb".{4}ftyp", re.DOTALL)
_matroska = re.compile(rb"\x1aE\xdf\xa3.{1,64}\x42\x82.(?:webm|matroska)", re.DOTALL)


def recognise(head: bytes) -> MediaType:
    """What begins with these bytes."""
    for mark, found in _signatures:
        if mark.match(head):
            return found
    if _mp4.match(head) and b"soun" in head and b"vide" not in head:
        return MediaType(MediaKind.AUDIO, "audio/mp4")
    if _matroska.match(head) and b"A_" in head and b"V_" not in head:
        return MediaType(MediaKind.AUDIO, "audio/webm")
    return FILE


def claims_image(*, name: str, content_type: str) -> bool:
    """Whether somebody says that this is an image of a type which is shown as one."""
    return bool({content_type, mimetypes.guess_type(name)[0]} & _IMAGES)


def safe_name(name: str, *, content_type: str = FILE.content_type) -> str:
    """The name that people see: without what is invisible or turns the text around, and with
    the extension of its type, where that was made here."""
    seen = "".join(one for one in name if unicodedata.category(one)[0] != "C").strip()
    stem, dot, extension = seen.rpartition(".")
    if content_type in _IMAGES and mimetypes.guess_type(seen)[0] != content_type:
        known = mimetypes.guess_extension(content_type) or ""
        stem, dot, extension = stem if dot else extension, "", known
        return f"{stem[: MAX_NAME - len(extension)] or 'image'}{extension}"
    room = MAX_NAME - len(dot) - len(extension)
    return f"{stem[:room]}{dot}{extension}"[:MAX_NAME] if room > 0 else seen[:MAX_NAME]
