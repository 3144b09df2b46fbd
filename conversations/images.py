"""Pictures that people upload are drawn anew: what is kept is what can be seen."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import IO, Any

from PIL import Image, ImageCms, ImageOps
from pillow_heif import register_heif_opener

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from conversations.pictures import TOO_COSTLY, Picture

logger = logging.getLogger(__name__)

THUMBNAIL_SIZE = 640
"""The longer side of a thumbnail, in pixels."""

LONGEST = 4
"""How many times as long as wide a thumbnail is at most: of more there would be a line to see."""

NARROW = 44
"""Pixels. What is narrower counts as so wide: it isn't made narrower still."""

MAX_FRAMES = 1_000

DRAFTS = (2, 4, 8)
"""By what a JPEG's sides can be divided while it is decoded."""

LARGE = 16_000_000
"""Pixels above which no picture is written as WebP, which takes ten times as long as a JPEG, and
twice the memory."""

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")

# What may be too large is looked at here, by what the site allows.
Image.MAX_IMAGE_PIXELS = None

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


def redraw(file: IO[bytes], *, max_pixels: int) -> Picture:
    """The picture in the file, upright, in the colours of the web, without anything else.

    ``max_pixels`` is for all frames of an animation together; of one with more, the first frame
    is kept. Raises ``Refused`` (invalid_media)
    for what is too large, truncated or broken.
    """
    with _refusing_what_is_broken():
        return _redraw(file, max_pixels)


def pixels_to_draw(file: IO[bytes], *, max_pixels: int) -> int:
    """How many ``redraw`` would draw of the file, as its header says; nothing is decoded. Raises
    ``Refused`` as ``redraw`` does. Leaves the file at its beginning."""
    with _refusing_what_is_broken(), Image.open(file, formats=FORMATS) as image:
        _fit(image, max_pixels)
        _, frames = _frames_of(image)
        pixels = image.width * image.height
        is_moving = _moves(image, frames, max_pixels)
    file.seek(0)
    return pixels * frames if is_moving else pixels


@contextmanager
def _refusing_what_is_broken() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except MemoryError:
        raise Refused(ErrorCode.INVALID_MEDIA, TOO_COSTLY, reason=Reason.IMAGE_TOO_COSTLY) from None
    except Exception as error:  # noqa: BLE001
        # Decoders raise whatever comes to them of bytes that were made to confuse them.
        logger.info("an image could not be read: %r", error)
        raise Refused(
            ErrorCode.INVALID_MEDIA, "This image is broken.", reason=Reason.BROKEN_IMAGE
        ) from None


def _redraw(file: IO[bytes], max_pixels: int) -> Picture:
    with Image.open(file, formats=FORMATS) as image:
        _fit(image, max_pixels)
        first, frames = _frames_of(image)
        if _moves(image, frames, max_pixels):
            return _redraw_animation(image, first, frames)
        image.seek(first)
        how = WRITTEN_AS[image.format]
        still = _plain(image)
    # A camera's file may have become larger as it was decoded.
    _check_size(still, max_pixels)
    if how is JPEG and still.has_transparency_data:
        how = WEBP
    if how is WEBP and still.width * still.height > LARGE:
        how = PNG if still.has_transparency_data else JPEG
    is_whole = shown_part(*still.size) == (0, 0, *still.size)
    is_small = is_whole and max(still.size) <= THUMBNAIL_SIZE
    return Picture(
        content=_written(still, how),
        content_type=Image.MIME[how["format"]],
        width=still.width,
        height=still.height,
        thumbnail=None if is_small else _thumbnail(still),
    )


def _moves(image: Image.Image, frames: int, max_pixels: int) -> bool:
    return 1 < frames <= min(MAX_FRAMES, max_pixels // (image.width * image.height))


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


def _fit(image: Image.Image, max_pixels: int) -> None:
    """Let it be decoded at half, a quarter or an eighth of its size where only that is allowed, as
    a JPEG can. Its header says how large it will be; nothing is decoded yet."""
    width, height = image.size
    parts = (1, *DRAFTS)
    fits = (part for part in parts if ceil(width / part) * ceil(height / part) <= max_pixels)
    part = next(fits, None)
    if part is None:
        raise _too_large()
    if part > 1:
        image.draft(None, (width // part, height // part))
    _check_size(image, max_pixels)


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise _too_large()


def _too_large() -> Refused:
    sentence = "This image has too many pixels."
    return Refused(ErrorCode.INVALID_MEDIA, sentence, reason=Reason.TOO_MANY_PIXELS)


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
    """Nothing of the picture's own size is made for it, unless its colours ask for that."""
    if image.mode in ("1", "P"):
        # With more colours than a palette has, or the edges would be ragged.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    box = shown_part(*image.size)
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, THUMBNAIL_SIZE / max(wide, high))
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    small = image.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    return _written(small, THUMBNAIL)


def _written(image: Image.Image, how: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    image.save(out, **how)
    return out.getvalue()
