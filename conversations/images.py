"""Pictures that people upload are drawn anew: what is kept is what can be seen."""

from __future__ import annotations

import io
import logging
from typing import IO, Any

import msgspec
from PIL import Image, ImageCms, ImageOps
from pillow_heif import register_heif_opener

from chatsite.realtime.errors import ErrorCode, Refused

logger = logging.getLogger(__name__)

THUMBNAIL_SIZE = 640
"""The longer side of a thumbnail, in pixels."""

LONGEST = 4
"""How many times as long as wide a thumbnail is at most: of more there would be a line to see."""

NARROW = 44
"""Pixels. What is narrower counts as so wide: it isn't made narrower still."""

MAX_FRAMES = 1_000

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")

# The picture itself: what a phone keeps beside it is not looked at.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

# Not "progressive" and not "optimize": Pillow would hold the interpreter for the whole of it, ten
# times as long, for a file that is a fifteenth smaller.
JPEG = {"format": "JPEG", "quality": 85}
PNG = {"format": "PNG"}
WEBP = {"format": "WEBP", "quality": 85, "method": 3}
ANIMATION = {"format": "WEBP", "quality": 75, "method": 2}
THUMBNAIL = {"format": "WEBP", "quality": 80, "method": 3}

# What was drawn by a camera loses nothing that can be seen; what was drawn exactly stays exact.
# A Multi-Picture file is a JPEG with more behind it, such as a phone's depth.
WRITTEN_AS: dict[str | None, dict[str, Any]] = {
    "JPEG": JPEG,
    "MPO": JPEG,
    "PNG": PNG,
    "GIF": PNG,
    "WEBP": WEBP,
    "HEIF": JPEG,
    "AVIF": WEBP,
}

# Files of several pictures which don't move: the first of them is the one that is meant.
ALBUMS = ("MPO", "HEIF")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept."""

    content: bytes
    content_type: str
    width: int
    height: int
    thumbnail: bytes | None = None
    """WebP, at most ``THUMBNAIL_SIZE`` wide and high; of what is more than ``LONGEST`` times as
    long as wide, a part. ``None`` where the picture is small, or moves: then it is shown itself."""


def redraw(file: IO[bytes], *, max_pixels: int) -> Picture:
    """The picture in the file, upright, in the colours of the web, without anything else.

    ``max_pixels`` is for all frames of an animation together; of one with more, the first frame
    is kept. Raises ``Refused`` (invalid_media)
    for what is too large, truncated or broken.
    """
    try:
        return _redraw(file, max_pixels)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:  # noqa: BLE001
        # Decoders raise whatever comes to them of bytes that were made to confuse them.
        logger.info("an image could not be read: %r", error)
        raise Refused(ErrorCode.INVALID_MEDIA, "This image is broken.") from None


def _redraw(file: IO[bytes], max_pixels: int) -> Picture:
    with Image.open(file, formats=FORMATS) as image:
        # The header says how large it will be; nothing is decoded yet.
        _check_size(image, max_pixels)
        first, frames = _frames_of(image)
        if frames > 1 and frames <= min(MAX_FRAMES, max_pixels // (image.width * image.height)):
            return _redraw_animation(image, first, frames)
        image.seek(first)
        how = WRITTEN_AS[image.format]
        still = _plain(image)
    # A camera's file may have become larger as it was decoded.
    _check_size(still, max_pixels)
    if how is JPEG and still.has_transparency_data:
        how = WEBP
    part = still.crop(shown_part(*still.size))
    is_small = part.size == still.size and max(still.size) <= THUMBNAIL_SIZE
    return Picture(
        content=_written(still, how),
        content_type=Image.MIME[how["format"]],
        width=still.width,
        height=still.height,
        thumbnail=None if is_small else _thumbnail(part),
    )


def _frames_of(image: Image.Image) -> tuple[int, int]:
    """The number of the first frame that is shown, and how many there are."""
    if image.format in ALBUMS:
        return image.tell(), 1
    # A PNG that moves may have a picture for those who can't show that. It is no frame.
    hidden = 1 if getattr(image, "default_image", False) else 0
    return hidden, getattr(image, "n_frames", 1) - hidden


def shown_part(width: int, height: int) -> tuple[int, int, int, int]:
    """The part of a picture that stands for it, as (left, top, right, bottom): all of it, or of
    one that is much longer than wide, the beginning from the top, or the middle between the sides.
    """
    longest = LONGEST * max(min(width, height), NARROW)
    left = max(0, width - longest) // 2
    return left, 0, left + min(width, longest), min(height, longest)


class _Following:
    """The frames of an animation from one on, for Pillow's writer, which goes through all."""

    def __init__(self, image: Image.Image, start: int, n_frames: int) -> None:
        self._image = image
        self._start = start
        self.n_frames = n_frames

    def seek(self, number: int) -> None:
        self._image.seek(self._start + number)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)


def _redraw_animation(image: Image.Image, first: int, frames: int) -> Picture:
    size, durations = image.size, []
    for number in range(first, first + frames):
        image.seek(number)
        image.load()
        if image.size != size:
            # A frame that outgrows the canvas was not counted.
            raise _too_large()
        durations.append(image.info.get("duration", 100))
    # An AVIF says nothing of it, and browsers show it again and again.
    loop = image.info.get("loop", 0 if image.format == "AVIF" else 1)
    image.seek(first)
    following = [_Following(image, first + 1, frames - 1)]
    # None of its other marks, such as comments.
    more = {"save_all": True, "append_images": following, "duration": durations, "loop": loop}
    return Picture(
        content=_written(image.copy(), {**ANIMATION, **more}),
        content_type="image/webp",
        width=size[0],
        height=size[1],
    )


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise _too_large()


def _too_large() -> Refused:
    return Refused(ErrorCode.INVALID_MEDIA, "This image has too many pixels.")


def _plain(image: Image.Image) -> Image.Image:
    """Upright, eight bits a channel, sRGB, and nothing beside its pixels."""
    image.load()
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image, in_place=True)
    plain = _eight_bits(image)
    if profile and plain.mode == "RGB":
        plain = _in_srgb(plain, profile)
    # What is written down beside the pixels is taken from here.
    plain.info = {key: plain.info[key] for key in plain.info if key == "transparency"}
    return plain


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Sixteen bits of grey, of which the page shows eight.
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("1", "L", "P", "RGB", "RGBA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The same colours, said as the web says them. A profile that is none says nothing."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def _thumbnail(image: Image.Image) -> bytes:
    # With more colours than a palette has, or the edges would be ragged.
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    return _written(small, THUMBNAIL)


def _written(image: Image.Image, how: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    image.save(out, **how)
    return out.getvalue()
