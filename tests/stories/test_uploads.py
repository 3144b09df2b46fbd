"""What people upload: taken in by what it is, and served so that it can do no harm."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings
from django.test import override_settings

from conversations.filenames import disposition
from conversations.services import uploads
from tests.cast import Person
from tests.conftest import CONSUMER, OpenTab
from tests.pictures import HTML, SVG, bomb, drawn, moving, mp4, photographed, shown, track
from tests.sites import Site

OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01" + bytes(range(256)) * 4

FILM = mp4(track(b"vide", b"avc1", size=(640, 360)), track(b"soun", b"mp4a"))

IN_PROCESS = pytest.mark.parametrize("site", [CONSUMER], indirect=True)


async def test_an_image_is_drawn_anew_and_shown_in_the_page(alice: Person) -> None:
    said = await alice.has_uploaded(photographed(size=(1280, 960)), "Holiday.JPG")
    assert said["messageType"] == "image"
    assert said["mediaName"] == "Holiday.JPG"
    assert (said["mediaWidth"], said["mediaHeight"]) == (960, 1280)
    answer = await alice.client.get(said["mediaUrl"])
    assert answer.status_code == 200
    assert len(answer.content) == said["mediaBytes"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="Holiday.JPG"'
    assert shown(answer.content).size == (960, 1280)
    assert b"tells" not in answer.content
    small = await alice.client.get(said["thumbnailUrl"])
    assert small.headers["content-type"] == "image/webp"
    assert shown(small.content).size == (480, 640)


async def test_what_is_served_can_do_no_harm(alice: Person) -> None:
    for content in (drawn("PNG"), OGG, HTML):
        url = (await alice.has_uploaded(content))["mediaUrl"]
        headers = (await alice.client.get(url)).headers
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("content", "name", "kind", "content_type"),
    [
        (drawn("PNG"), "a.png", "image", "image/png"),
        (drawn("PNG"), "a.html", "image", "image/png"),
        (drawn("GIF") + HTML, "a.gif", "image", "image/png"),
        (moving("GIF"), "a.gif", "image", "image/webp"),
        (drawn("WEBP"), "a.webp", "image", "image/webp"),
        (drawn("HEIF"), "a.heic", "image", "image/jpeg"),
        (drawn("AVIF"), "a.avif", "image", "image/webp"),
        (moving("AVIF"), "a.avif", "image", "image/webp"),
        (drawn("HEIF")[:200], "a.heic", "file", "application/octet-stream"),
        (drawn("AVIF", size=(300, 300))[:-200], "a.avif", "file", "application/octet-stream"),
        (FILM, "a.mov", "video", "video/mp4"),
        (OGG, "a.exe", "audio", "audio/ogg"),
        (b"fLaC" + bytes(64), "a.flac", "audio", "audio/flac"),
        (SVG, "a.svg", "file", "application/octet-stream"),
        (HTML, "a.html", "file", "application/octet-stream"),
        (HTML, "a.mp3", "file", "application/octet-stream"),
        (b"%PDF-1.7" + HTML, "a.pdf", "file", "application/octet-stream"),
        (drawn("BMP"), "a.bmp", "file", "application/octet-stream"),
    ],
)
@IN_PROCESS
async def test_the_content_says_what_it_is(
    alice: Person, content: bytes, name: str, kind: str, content_type: str
) -> None:
    said = await alice.has_uploaded(content, name)
    answer = await alice.client.get(said["mediaUrl"])
    disposition = answer.headers["content-disposition"].partition(";")[0]
    assert said["messageType"] == kind
    assert answer.headers["content-type"] == content_type
    assert disposition == ("attachment" if kind == "file" else "inline")
    assert said.keys() >= {"mediaUrl", "mediaName", "mediaBytes"}
    assert ("mediaWidth" in said) is (kind in ("image", "video"))
    assert None not in said.values()


@pytest.mark.parametrize(
    ("content", "name", "kind", "reason"),
    [
        (b"", "a.txt", "text/plain", "empty_file"),
        (HTML, "a.png", "application/octet-stream", "not_an_image"),
        (HTML, "a", "image/png", "not_an_image"),
        (SVG, "a.jpg", "image/svg+xml", "not_an_image"),
        (bomb(30_000, 30_000), "a.png", "image/png", "too_many_pixels"),
        (drawn("JPEG", size=(300, 300))[:-500], "a.jpg", "image/jpeg", "broken_image"),
        (drawn("PNG")[:20], "a.txt", "text/plain", "broken_image"),
    ],
)
@IN_PROCESS
async def test_what_is_broken_or_pretends_is_refused(
    alice: Person, content: bytes, name: str, kind: str, reason: str
) -> None:
    answer = await alice.uploads(content, name, kind)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_media")
    assert answer.json()["reason"] == reason
    assert answer.json()["content"]


@IN_PROCESS
async def test_a_form_without_a_file_is_refused(alice: Person) -> None:
    headers = {"X-CSRFToken": alice.client.cookies["csrftoken"]}
    answer = await alice.client.post("/api/media/", data={"file": "text"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame")


@IN_PROCESS
async def test_a_form_that_can_not_be_read_is_refused(alice: Person) -> None:
    token = alice.client.cookies["csrftoken"]
    headers = {"X-CSRFToken": token, "Content-Type": "multipart/form-data"}
    answer = await alice.client.post("/api/media/", content=b"hi", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_frame")
    page = await alice.client.post("/accounts/login/", content=b"hi", headers=headers)
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("over", [1, 100_000])
async def test_one_byte_too_many_is_refused(alice: Person, over: int) -> None:
    answer = await alice.uploads(bytes(10 * 1024 * 1024 + over))
    assert (answer.status_code, answer.json()["code"]) == (413, "invalid_media")
    assert answer.json()["reason"] == "file_too_large"
    await alice.has_uploaded(bytes(10 * 1024 * 1024))


async def test_a_stranger_to_the_site_uploads_nothing_and_sees_nothing(
    site: Site, alice: Person
) -> None:
    url = (await alice.has_uploaded(drawn("PNG")))["mediaUrl"]
    async with site.http() as nobody:
        assert (await nobody.get(url)).status_code == 404
        await nobody.get("/accounts/login/")
        headers = {"X-CSRFToken": nobody.cookies["csrftoken"]}
        answer = await nobody.post("/api/media/", files={"file": b"hi"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


@IN_PROCESS
async def test_who_uploads_and_uploads_must_send_first(alice: Person, bob: Person) -> None:
    with override_settings(MEDIA_MAX_UNSENT=1000):
        await alice.has_uploaded(bytes(600))
        answer = await alice.uploads(bytes(600))
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert answer.json()["reason"] == "unsent_limit"
        # By then a sweep has removed what she does not send.
        swept_after = settings.MEDIA_ORPHAN_AGE + settings.MEDIA_SWEEP_INTERVAL
        assert swept_after - 60 < int(answer.headers["Retry-After"]) <= swept_after
        await bob.has_uploaded(bytes(600))


@IN_PROCESS
async def test_who_uploaded_a_lot_waits_even_if_nothing_was_kept(alice: Person) -> None:
    with override_settings(MEDIA_HOURLY_BYTES=1000):
        uploads.intake.cache_clear()
        try:
            assert (await alice.uploads(b"\x89PNG" + bytes(900), "broken.png")).status_code == 400
            answer = await alice.uploads(bytes(400))
        finally:
            uploads.intake.cache_clear()
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.json()["reason"] == "hourly_bytes"
    assert answer.json()["content"] == "You uploaded a lot. Go on in 19 min."
    assert 18 * 60 < int(answer.headers["Retry-After"]) <= 19 * 60


@pytest.mark.parametrize("site", ["uvicorn"], indirect=True)
async def test_a_small_picture_does_not_wait_for_what_others_have_drawn(
    alice: Person, bob: Person
) -> None:
    large = drawn("WEBP", size=(8000, 6000), lossless=True, method=0)
    before = [asyncio.create_task(alice.uploads(large, "large.webp")) for _ in range(3)]
    assert (await bob.uploads(drawn("PNG"))).status_code == 201
    assert not all(task.done() for task in before)
    assert [(await task).status_code for task in before] == [201, 201, 201]


async def test_a_player_gets_the_part_it_asks_for(alice: Person) -> None:
    url = (await alice.has_uploaded(OGG, "voice.ogg"))["mediaUrl"]
    whole = await alice.client.get(url)
    assert whole.content == OGG
    assert whole.headers["accept-ranges"] == "bytes"
    part = await alice.client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, OGG[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(OGG)}"
    beyond = await alice.client.get(url, headers={"Range": f"bytes={len(OGG)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(OGG)}"
    other = {"Range": "bytes=10-19", "If-Range": '"another"'}
    assert (await alice.client.get(url, headers=other)).content == OGG


async def test_a_film_is_played_part_by_part(
    alice: Person, bob: Person, room: int, open_tab: OpenTab
) -> None:
    said = await alice.has_uploaded(FILM, "beach.mp4")
    assert (said["mediaWidth"], said["mediaHeight"]) == (640, 360)
    hers, his = await open_tab(alice), await open_tab(bob)
    await hers.writes(room, "", mediaUrl=said["mediaUrl"], messageType="video")
    heard = await his.hears(type="message")
    assert (heard["messageType"], heard["mediaName"]) == ("video", "beach.mp4")
    part = await bob.client.get(heard["mediaUrl"], headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, FILM[4:12])
    assert part.headers["content-disposition"] == 'inline; filename="beach.mp4"'


NAMED = 'the "plan" 100%22 👩‍👩‍👧 می‌خواهم.txt'


@pytest.mark.parametrize(
    ("field", "in_header", "name"),
    [
        (NAMED, "blob", NAMED),
        ("", 'the "plan".txt', 'the "plan".txt'),
        ("", "👧.txt", "👧.txt"),
        ("", "👩\u200d👧 a\u200cb.txt", "👩👧 ab.txt"),
        ("", "a&amp;b.txt", "a&b.txt"),
        ("", "<b>x</b>.txt", "b>.txt"),
        ("<b>x</b>.txt", "blob", "b>.txt"),
        ("a\\b&amp;c.txt", "blob", "a\\b&amp;c.txt"),
        ("../../etc/a.txt", "blob", "a.txt"),
        ("a\u202egpj.exe", "blob", "agpj.exe"),
        ("\u200d", "blob", "file"),
    ],
)
async def test_a_file_keeps_its_name(alice: Person, field: str, in_header: str, name: str) -> None:
    headers = {"X-CSRFToken": alice.client.cookies["csrftoken"]}
    form = {"name": field} if field else {}
    file = (in_header, b"hi", "text/plain")
    answer = await alice.client.post(
        "/api/media/", data=form, files={"file": file}, headers=headers
    )
    said = answer.json()
    assert said["mediaName"] == name
    served = await alice.client.get(said["mediaUrl"])
    assert served.headers["content-disposition"] == disposition(name, is_download=True)


async def test_what_is_still_the_same_is_not_sent_again(alice: Person) -> None:
    url = (await alice.has_uploaded(OGG, "voice.ogg"))["mediaUrl"]
    first = await alice.client.get(url)
    for name, value in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        again = await alice.client.get(url, headers={value: first.headers[name]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert again.headers["cache-control"] == "private, no-cache"
    changed = await alice.client.get(url, headers={"If-None-Match": '"another"'})
    assert changed.content == OGG


async def test_a_client_may_ask_only_how_large_it_is(alice: Person) -> None:
    url = (await alice.has_uploaded(OGG, "voice.ogg"))["mediaUrl"]
    answer = await alice.client.head(url)
    assert answer.headers["content-length"] == str(len(OGG))
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.content == b""
    assert (await alice.client.get(f"{url}thumbnail/")).status_code == 404
