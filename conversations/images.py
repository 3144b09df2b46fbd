"""Pictures that people upload are drawn anew: what is kept is what can be seen."""

from __future__ import annotations

import io
import logging
from typing import IO, Any

import msgspec
from PIL import Image, ImageCms, ImageOps

from chatsite.realtime.errors import ErrorCode, Refused

logger = logging.getLogger(__name__)

THUMBNAIL_SIZE = 640
"""The longer side of a thumbnail, in pixels."""

MAX_FRAMES = 1_000

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")

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
}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept."""

    content: bytes
    content_type: str
    width: int
    height: int
    thumbnail: bytes | None = None
    """WebP. ``None`` where the picture is small, or moves: then it is shown itself."""


def redraw(file: IO[bytes], *, max_pixels: int) -> Picture:
    """The picture in the file, upright, in the colours of the web, without anything else.

    ``max_pixels`` is for all frames of an animation together. Raises ``Refused`` (invalid_media)
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
        if image.format != "MPO" and getattr(image, "is_animated", False):
            return _redraw_animation(image, max_pixels)
        how = WRITTEN_AS[image.format]
        still = _plain(image)
    small = max(still.size) <= THUMBNAIL_SIZE
    return Picture(
        content=_written(still, how),
        content_type=Image.MIME[how["format"]],
        width=still.width,
        height=still.height,
        thumbnail=None if small else _thumbnail(still),
    )


def _redraw_animation(image: Image.Image, max_pixels: int) -> Picture:
    frames = getattr(image, "n_frames", 1)
    if frames > MAX_FRAMES or frames * image.width * image.height > max_pixels:
        raise _too_large()
    size, durations = image.size, []
    for number in range(frames):
        image.seek(number)
        image.load()
        if image.size != size:
            # A frame that outgrows the canvas was not counted.
            raise _too_large()
        durations.append(image.info.get("duration", 100))
    # None of its other marks, such as comments.
    more = {"save_all": True, "duration": durations, "loop": image.info.get("loop", 1)}
    return Picture(
        content=_written(image, {**ANIMATION, **more}),
        content_type="image/webp",
        width=image.width,
        height=image.height,
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
