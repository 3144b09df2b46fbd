"""Pictures are drawn anew, and those that can't be are refused."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageCms

from chatsite.realtime.errors import ErrorCode, Refused
from conversations.images import THUMBNAIL_SIZE, pixels_to_draw, redraw, shown_part
from conversations.pictures import Picture
from tests.pictures import bomb, drawn, hiding, moving, photographed, shown, written

CAP = 1_000_000


def redrawn(content: bytes, *, max_pixels: int = CAP) -> Picture:
    """The picture as it would be kept."""
    return redraw(io.BytesIO(content), max_pixels=max_pixels)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (drawn("JPEG"), "image/jpeg"),
        (drawn("JPEG", mode="L"), "image/jpeg"),
        (drawn("JPEG", mode="CMYK"), "image/jpeg"),
        (drawn("PNG"), "image/png"),
        (drawn("PNG", mode="P"), "image/png"),
        (drawn("PNG", mode="1"), "image/png"),
        (drawn("PNG", mode="LA"), "image/png"),
        (drawn("PNG", mode="RGBA"), "image/png"),
        (drawn("GIF"), "image/png"),
        (drawn("WEBP"), "image/webp"),
        (drawn("WEBP", mode="RGBA"), "image/webp"),
        (drawn("HEIF"), "image/jpeg"),
        (drawn("HEIF", mode="RGBA"), "image/webp"),
        (drawn("AVIF"), "image/webp"),
        (drawn("AVIF", mode="RGBA"), "image/webp"),
    ],
)
def test_a_picture_is_kept_as_it_looks(content: bytes, content_type: str) -> None:
    kept = redrawn(content)
    assert (kept.content_type, kept.width, kept.height) == (content_type, 64, 48)
    before, after = (shown(one).convert("RGB") for one in (content, kept.content))
    for place in ((4, 4), (60, 40)):
        pixels = zip(before.getpixel(place), after.getpixel(place), strict=True)  # type: ignore[arg-type]
        assert all(abs(one - other) < 12 for one, other in pixels)
    assert kept.thumbnail is None


def test_sixteen_bits_of_grey_become_the_eight_that_are_seen() -> None:
    grey = Image.new("I;16", (8, 8), 0x8000)
    assert shown(redrawn(written(grey, "PNG")).content).getpixel((4, 4)) == 0x80


@pytest.mark.parametrize("form", ["JPEG", "HEIF", "AVIF"])
def test_it_is_upright_and_tells_nothing_of_who_took_it(form: str) -> None:
    content = photographed(form)
    kept = redrawn(content)
    assert (kept.width, kept.height) == (48, 64)
    image = shown(kept.content)
    assert image.size == (48, 64)
    assert not image.getexif()
    assert b"tells" in content
    assert b"tells" not in kept.content
    # What was left is above.
    assert image.getpixel((24, 4))[0] > 200  # type: ignore[index]


def test_its_colours_are_those_of_the_web() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = redrawn(drawn("PNG", icc_profile=profile))
    assert "icc_profile" not in shown(kept.content).info
    broken = redrawn(drawn("PNG", icc_profile=b"none"))
    assert "icc_profile" not in shown(broken.content).info


def test_a_large_one_has_a_thumbnail() -> None:
    kept = redrawn(drawn("JPEG", size=(1280, 320)))
    assert (kept.width, kept.height) == (1280, 320)
    assert kept.thumbnail is not None
    thumbnail = shown(kept.thumbnail)
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (THUMBNAIL_SIZE, 160))


@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((6, 9000), (6, 176)),
        ((9000, 6), (176, 6)),
        ((1, 20_000), (1, 176)),
        ((400, 4000), (160, 640)),
        ((4000, 400), (640, 160)),
        ((100, 401), (100, 400)),
    ],
)
def test_of_what_is_far_longer_than_wide_the_thumbnail_shows_a_part(
    size: tuple[int, int], part: tuple[int, int]
) -> None:
    kept = redrawn(drawn("PNG", size=size), max_pixels=2_000_000)
    assert (kept.width, kept.height) == size
    assert kept.thumbnail is not None
    assert shown(kept.thumbnail).size == part


def test_a_long_one_is_shown_from_its_top_and_a_wide_one_from_its_middle() -> None:
    assert shown_part(100, 1000) == (0, 0, 100, 400)
    assert shown_part(1000, 100) == (300, 0, 700, 100)
    assert shown_part(300, 100) == (0, 0, 300, 100)


def test_a_picture_for_those_who_see_nothing_move_is_no_frame() -> None:
    image = shown(redrawn(hiding(frames=3)).content)
    assert getattr(image, "n_frames", 1) == 3
    for number in range(3):
        image.seek(number)
        red, green, _ = image.convert("RGB").getpixel((4, 4))  # type: ignore[misc]
        assert (red > 150, green < 50) == (True, True)


def test_if_all_but_one_frame_is_hidden_that_one_is_the_picture() -> None:
    kept = redrawn(hiding(frames=1))
    assert kept.content_type == "image/png"
    assert shown(kept.content).convert("RGB").getpixel((4, 4)) == (200, 0, 0)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_what_moves_with_too_many_pixels_is_shown_by_its_first_frame(form: str) -> None:
    kept = redrawn(moving(form, frames=3), max_pixels=32 * 24 * 2)
    assert (kept.width, kept.height) == (32, 24)
    image = shown(kept.content)
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((4, 4))[0] < 20  # type: ignore[index]
    assert redrawn(moving(form, frames=2), max_pixels=32 * 24 * 2).content_type == "image/webp"


def test_what_hides_is_not_what_is_left_of_too_many_pixels() -> None:
    kept = redrawn(hiding(frames=3), max_pixels=32 * 24 * 2)
    assert shown(kept.content).convert("RGB").getpixel((4, 4)) == (200, 0, 0)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_what_moves_goes_on_moving(form: str) -> None:
    kept = redrawn(moving(form))
    assert (kept.content_type, kept.width, kept.height) == ("image/webp", 32, 24)
    image = shown(kept.content)
    assert getattr(image, "n_frames", 1) == 3
    durations = []
    for number in range(3):
        image.seek(number)
        image.load()
        durations.append(image.info["duration"])
    assert durations == [100, 200, 300]
    assert image.info["loop"] == 0


def test_a_picture_of_as_many_pixels_as_may_be_is_kept() -> None:
    assert redrawn(drawn("PNG"), max_pixels=64 * 48).width == 64
    with pytest.raises(Refused, match=ErrorCode.INVALID_MEDIA):
        redrawn(drawn("PNG"), max_pixels=64 * 48 - 1)


def growing() -> bytes:
    """A GIF whose second frame is larger than the canvas."""
    content = moving("GIF", frames=2)
    second = content.rindex(b"\x2c")
    return content[: second + 5] + struct.pack("<HH", 2000, 2000) + content[second + 9 :]


@pytest.mark.parametrize(
    "content",
    [
        bomb(2_000, 2_000),
        bomb(20_000, 20_000),
        bomb(12_000, 9_000),
        bomb(64, 48),
        bomb(0, 0),
        drawn("JPEG", size=(300, 300))[:-400],
        drawn("PNG", size=(300, 300))[:-60],
        drawn("WEBP", size=(300, 300))[:-100],
        moving("GIF")[:-40],
        drawn("HEIF", size=(300, 300))[:-400],
        drawn("AVIF", size=(300, 300))[:-200],
        growing(),
        drawn("JPEG")[:3],
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        drawn("BMP"),
        drawn("TIFF"),
        b"",
    ],
)
def test_what_is_broken_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match=ErrorCode.INVALID_MEDIA):
        redrawn(content)


def test_a_jpeg_that_is_too_large_is_kept_at_half_its_width_or_less() -> None:
    content = drawn("JPEG", size=(1200, 900))
    for cap, size in ((400_000, (600, 450)), (80_000, (300, 225)), (20_000, (150, 113))):
        kept = redrawn(content, max_pixels=cap)
        assert (kept.width, kept.height) == size
        assert pixels_to_draw(io.BytesIO(content), max_pixels=cap) == size[0] * size[1]
    with pytest.raises(Refused, match=ErrorCode.INVALID_MEDIA):
        redrawn(content, max_pixels=16_000)


@pytest.mark.parametrize(("mode", "content_type"), [("RGB", "image/jpeg"), ("RGBA", "image/png")])
def test_a_large_webp_becomes_what_is_drawn_sooner(mode: str, content_type: str) -> None:
    content = drawn("WEBP", size=(4100, 4000), mode="RGB", lossless=True, method=0)
    if mode == "RGBA":
        clear = Image.new("RGBA", (4100, 4000), (0, 200, 0, 99))
        content = written(clear, "WEBP", lossless=True, method=0)
    kept = redrawn(content, max_pixels=50_000_000)
    assert (kept.content_type, kept.width) == (content_type, 4100)


def test_the_work_of_an_animation_is_that_of_all_its_frames() -> None:
    content = moving("GIF", frames=3, size=(32, 24))
    assert pixels_to_draw(io.BytesIO(content), max_pixels=CAP) == 3 * 32 * 24
    assert pixels_to_draw(io.BytesIO(content), max_pixels=1_000) == 32 * 24


def test_what_hides_behind_a_picture_is_not_kept() -> None:
    hidden = b"<script>alert(1)</script>"
    for form in ("JPEG", "PNG", "GIF", "WEBP"):
        assert hidden not in redrawn(drawn(form) + hidden).content
