"""Files that people upload: good ones, and such as were made to do harm."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()

EXIF_ORIENTATION, EXIF_CAMERA = 0x0112, 0x0110
SIDEWAYS = 6
"""The camera was turned: what is stored wide is to be shown tall."""

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def drawn(form: str, *, size: tuple[int, int] = (64, 48), mode: str = "RGB", **how: Any) -> bytes:
    """A picture in this format: red on the left, the rest black."""
    image = Image.new("RGB", size)
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    return written(image.convert(mode), form, **how)


def written(image: Image.Image, form: str, **how: Any) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def photographed(form: str = "JPEG", *, size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture as a camera makes it that was held sideways, which tells of itself."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = SIDEWAYS
    exif[EXIF_CAMERA] = "a camera that tells"
    more: dict[str, Any] = {"comment": b"a comment that tells"} if form == "JPEG" else {}
    return drawn(form, size=size, exif=exif.tobytes(), **more)


def moving(form: str, *, frames: int = 3, size: tuple[int, int] = (32, 24)) -> bytes:
    """An animation, each frame of another colour and shown for longer."""
    images = [Image.new("RGB", size, (80 * number % 256, 0, 99)) for number in range(frames)]
    durations = [100 * (number + 1) for number in range(frames)]
    more = {"append_images": images[1:], "duration": durations, "loop": 0}
    return written(images[0], form, save_all=True, **more)


def hiding(*, size: tuple[int, int] = (32, 24), frames: int = 2) -> bytes:
    """A PNG that moves, red and more, with a green picture for those who can't show that."""
    green = Image.new("RGB", size, (0, 200, 0))
    reds = [Image.new("RGB", size, (200, 0, 40 * number)) for number in range(frames)]
    more = {"append_images": reds, "default_image": True, "duration": 100, "loop": 0}
    return written(green, "PNG", save_all=True, **more)


def boxed(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4 file."""
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind + content


def track(
    kind: bytes, codec: bytes, *, size: tuple[int, int] = (0, 0), turned: bool = False
) -> bytes:
    """A track of an MP4 file that says what it is, without a sample."""
    matrix = (0, 1, 0, -1, 0, 0, 0, 0, 1) if turned else (1, 0, 0, 0, 1, 0, 0, 0, 1)
    numbers = [number * 65536 for number in matrix]
    tkhd = (
        bytes(40)
        + struct.pack(">9i", *numbers)
        + struct.pack(">II", *(side << 16 for side in size))
    )
    stsd = boxed(b"stsd", bytes(8), boxed(codec, bytes(16)))
    media = boxed(
        b"mdia", boxed(b"hdlr", bytes(8), kind, bytes(12)), boxed(b"minf", boxed(b"stbl", stsd))
    )
    return boxed(b"trak", boxed(b"tkhd", tkhd), media)


def mp4(*tracks: bytes, brand: bytes = b"isom", media: int = 100_000) -> bytes:
    """An MP4 file as phones write it: what it is stands behind what it holds."""
    held = boxed(b"mdat", bytes(media))
    return boxed(b"ftyp", brand, bytes(4), brand) + held + boxed(b"moov", *tracks)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def shown(content: bytes) -> Image.Image:
    """The picture in the bytes, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
