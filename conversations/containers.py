"""What tracks a file of sound or moving pictures declares: of MP4 wherever it says so."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

MAX_BOXES = 5_000
"""Boxes that are looked at: more has no file that anybody plays."""

# A track of these shows pictures that do not move, such as a cover.
_STILLS = {b"jpeg", b"mjpg", b"png "}

_matroska = re.compile(rb"\x1aE\xdf\xa3.{1,64}?\x42\x82.(webm|matroska)", re.DOTALL)
# A CodecID, and before the first picture the size of all of them.
_webm_video = re.compile(rb"\x86[\x81-\xbf]V_")
_webm_size = re.compile(rb"\xb0(?:\x81(.)|\x82(..))\xba(?:\x81(.)|\x82(..))", re.DOTALL)


class Tracks(NamedTuple):
    """What a container holds. The size is that of the pictures, upright, where it is said."""

    has_sound: bool = False
    has_video: bool = False
    width: int | None = None
    height: int | None = None


class _Box(NamedTuple):
    kind: bytes
    start: int
    end: int


def brands_of(head: bytes) -> set[bytes]:
    """What an ISO base media file (MP4, QuickTime, HEIF, AVIF) calls itself; empty: it is none."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4]), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


def mp4_tracks(file: IO[bytes]) -> Tracks:
    """The tracks of an MP4 file. Phones write what they are at its end, so it is walked through."""
    walk = _Walk(file)
    found = Tracks()
    for trak in walk.all(b"moov", b"trak"):
        found = _with_track(found, walk, trak)
    return found


def webm_tracks(head: bytes) -> Tracks | None:
    """The tracks of a WebM file, which says it at its beginning; ``None``: it is none."""
    match = _matroska.match(head)
    if match is None:
        return None
    has_sound = b"A_" in head
    if not _webm_video.search(head):
        return Tracks(has_sound=has_sound)
    # Browsers play no other Matroska than WebM.
    size = _webm_size.search(head)
    sides = [int.from_bytes(side) for side in size.groups() if side] if size else [None, None]
    is_webm = match[1] == b"webm"
    return Tracks(
        has_sound=has_sound and is_webm, has_video=is_webm, width=sides[0], height=sides[1]
    )


class _Walk:
    """A file of boxes within boxes, of which only the heads are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = MAX_BOXES
        self._end = file.seek(0, 2)

    def all(self, *path: bytes, within: _Box | None = None) -> Iterator[_Box]:
        """The boxes at this path."""
        start, end = (within.start, within.end) if within else (0, self._end)
        for box in self._boxes(start, end):
            if box.kind == path[0]:
                if len(path) == 1:
                    yield box
                else:
                    yield from self.all(*path[1:], within=box)

    def read(self, box: _Box, *, limit: int = 256) -> bytes:
        """The beginning of what is in the box."""
        self._file.seek(box.start)
        return self._file.read(min(limit, box.end - box.start))

    def first(self, *path: bytes, within: _Box) -> bytes:
        """The beginning of what is in the first box at this path; empty: there is none."""
        return next((self.read(box) for box in self.all(*path, within=within)), b"")

    def _boxes(self, start: int, end: int) -> Iterator[_Box]:
        while start + 8 <= end and self._left > 0:
            self._left -= 1
            self._file.seek(start)
            head = self._file.read(16)
            size, header = int.from_bytes(head[:4]), 8
            if size == 1:
                size, header = int.from_bytes(head[8:16]), 16
            elif size == 0:
                size = end - start
            if size < header or start + size > end:
                return
            yield _Box(head[4:8], start + header, start + size)
            start += size


def _with_track(found: Tracks, walk: _Walk, trak: _Box) -> Tracks:
    kind = walk.first(b"mdia", b"hdlr", within=trak)[8:12]
    if kind == b"soun":
        return found._replace(has_sound=True)
    samples = walk.first(b"mdia", b"minf", b"stbl", b"stsd", within=trak)
    if kind != b"vide" or found.has_video or samples[12:16] in _STILLS:
        return found
    width, height = _shown_size(walk.first(b"tkhd", within=trak))
    return found._replace(has_video=True, width=width, height=height)


def _shown_size(tkhd: bytes) -> tuple[int | None, int | None]:
    """Of a track's header: its last two numbers, after the matrix that says how it is turned."""
    if len(tkhd) not in (84, 96):
        return None, None
    width, height = (number >> 16 for number in struct.unpack(">II", tkhd[-8:]))
    is_turned = tkhd[-44:-40] == bytes(4)
    return (height or None, width or None) if is_turned else (width or None, height or None)
