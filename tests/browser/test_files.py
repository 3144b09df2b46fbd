"""Pictures and files: chosen, pasted, dropped, shown before they are sent, and what goes wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from playwright.sync_api import FilePayload, Route, expect

from tests.browser.chat_page import ChatPage
from tests.browser.network import Network

pytestmark = pytest.mark.browser

register_heif_opener()

SignUp = Callable[[str], ChatPage]

GIVE = """([element, kind, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "given.png", { type: "image/png" }));
    const about = { bubbles: true, cancelable: true };
    for (const name of kind === "paste" ? ["paste"] : ["dragenter", "dragover", "drop"]) {
        const event = kind === "paste"
            ? new ClipboardEvent(name, { ...about, clipboardData: transfer })
            : new DragEvent(name, { ...about, dataTransfer: transfer });
        element.dispatchEvent(event);
    }
}"""


RECORD = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 64 });
    const pen = canvas.getContext("2d");
    const kind = { mimeType: "video/webm; codecs=vp8" };
    const recorder = new MediaRecorder(canvas.captureStream(), kind);
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise(resolve => recorder.onstop = resolve);
    recorder.start();
    for (let frame = 0; frame < 12; frame += 1) {
        pen.fillStyle = `rgb(${frame * 20}, 80, 80)`;
        pen.fillRect(0, 0, 96, 64);
        await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""

PLAYED = """video => new Promise((resolve, reject) => {
    video.muted = true;
    video.onended = () => resolve([video.videoWidth, video.videoHeight]);
    video.onerror = () => reject(video.error);
    video.play().catch(reject);
})"""


def drops(on: ChatPage, path: Path, *, x: int, y: int) -> None:
    """Drag it from the desktop and let it go there, as the system does."""
    session = on.page.context.new_cdp_session(on.page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    session.detach()


def png(color: str = "teal") -> bytes:
    """A small picture."""
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(kept, "PNG")
    return kept.getvalue()


def picture(name: str) -> FilePayload:
    """A picture as a file on the person's disk."""
    return {"name": name, "mimeType": "image/png", "buffer": png()}


@pytest.fixture
def alice(sign_up: SignUp) -> ChatPage:
    """Alice."""
    return sign_up("alice")


@pytest.fixture
def bob(sign_up: SignUp, alice: ChatPage) -> ChatPage:
    """Bob; both have their conversation open."""
    bob = sign_up("bob")
    alice.starts_conversation_with(bob.name)
    bob.opens_conversation_with(alice.name)
    return bob


def test_pictures_are_shown_before_they_are_sent_and_arrive_in_order(
    alice: ChatPage, bob: ChatPage
) -> None:
    alice.hook("file-input").set_input_files([picture("one.png"), picture("two.png")])
    expect(alice.hook("upload")).to_have_count(2)
    expect(alice.hook("upload").first.locator("img")).to_be_visible()
    expect(alice.upload("one.png")).to_have_attribute("data-state", "done")
    expect(alice.upload("two.png")).to_have_attribute("data-state", "done")
    alice.says("Look at these")
    expect(alice.hook("upload")).to_have_count(0)
    expect(bob.hook("picture")).to_have_count(2)
    expect(bob.hook("message").last).to_contain_text("Look at these")
    expect(bob.hook("picture").first.locator("img")).to_have_js_property("naturalWidth", 40)
    assert not alice.errors + bob.errors


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(alice: ChatPage, bob: ChatPage, kind: str) -> None:
    alice.page.evaluate(GIVE, [alice.hook("composer").element_handle(), kind, list(png())])
    expect(alice.hook("drop-hint")).to_be_hidden()
    expect(alice.upload("given.png")).to_have_attribute("data-state", "done")
    alice.sends()
    expect(bob.hook("picture")).to_have_count(1)


def test_a_message_waits_for_its_picture(alice: ChatPage, bob: ChatPage) -> None:
    held: list[Route] = []
    alice.page.route("**/api/media/", lambda route: held.append(route))
    with alice.page.expect_request("**/api/media/"):
        alice.hook("file-input").set_input_files([picture("one.png")])
    expect(alice.upload("one.png")).to_have_attribute("data-state", "uploading")
    expect(alice.upload("one.png").locator("progress")).to_be_visible()
    bob.sees_typing(alice.name, "{} is sending a file…")
    alice.says("Look")
    expect(alice.hook("composer-sending")).to_be_visible()
    expect(alice.hook("message")).to_have_count(0)
    held[0].continue_()
    expect(bob.message("Look").locator("[data-hook=picture]")).to_be_visible()
    expect(alice.hook("composer")).to_have_value("")
    expect(alice.hook("composer-sending")).to_be_hidden()


def test_a_message_that_waits_for_its_picture_is_called_off_and_never_goes_without_it(
    alice: ChatPage, bob: ChatPage
) -> None:
    alice.page.route("**/api/media/", lambda route: None)
    for let_go in ("call-off", "upload-remove"):
        alice.hook("file-input").set_input_files([picture("one.png")])
        alice.hook("composer").fill("Look")
        alice.sends()
        expect(alice.hook("composer-sending")).to_be_visible()
        alice.hook("composer").press("x")
        alice.hook(let_go).click()
        expect(alice.hook("composer-sending")).to_be_hidden()
        expect(alice.hook("composer")).to_have_value("Look")
        expect(alice.hook("composer")).to_be_editable()
        if let_go == "call-off":
            alice.hook("upload-remove").click()
    alice.hook("composer").fill("Without it")
    alice.sends()
    expect(bob.message("Without it")).to_be_visible()
    assert bob.texts() == ["Without it"]


def test_an_upload_is_called_off(alice: ChatPage, bob: ChatPage) -> None:
    held: list[Route] = []
    alice.page.route("**/api/media/", lambda route: held.append(route))
    alice.hook("file-input").set_input_files([picture("one.png")])
    alice.upload("one.png").locator("[data-hook=upload-remove]").click()
    expect(alice.hook("upload")).to_have_count(0)
    alice.says("Never mind")
    expect(bob.message("Never mind")).to_be_visible()
    expect(bob.hook("picture")).to_have_count(0)


def test_what_goes_wrong_is_said(alice: ChatPage, bob: ChatPage, tmp_path: Path) -> None:
    (tmp_path / "large.zip").write_bytes(bytes(11 * 2**20))
    (tmp_path / "broken.png").write_bytes(png()[:40])
    files = [tmp_path / name for name in ("large.zip", "broken.png")]
    alice.hook("file-input").set_input_files(files)
    expect(alice.upload("large.zip")).to_contain_text("Too large. A file may have up to")
    expect(alice.upload("broken.png")).to_contain_text("This picture is damaged.")
    expect(alice.upload("broken.png").locator(".file-icon")).to_be_visible()
    alice.says("With these")
    expect(alice.hook("composer-error")).to_contain_text("Remove them first.")
    for name in ("large.zip", "broken.png"):
        alice.upload(name).locator("[data-hook=upload-remove]").click()
    alice.sends()
    expect(bob.message("With these")).to_be_visible()


def test_a_refused_file_is_in_view_however_many_there_are(alice: ChatPage, bob: ChatPage) -> None:
    alice.page.set_viewport_size({"width": 320, "height": 640})
    broken: FilePayload = {"name": "broken.png", "mimeType": "image/png", "buffer": png()[:40]}
    many = [picture(f"{number}.png") for number in range(6)]
    alice.hook("file-input").set_input_files([*many, broken])
    expect(alice.upload("broken.png")).to_have_attribute("data-state", "failed")
    expect(alice.upload("broken.png")).to_be_in_viewport(ratio=1)
    expect(alice.upload("5.png")).to_have_attribute("data-state", "done")
    alice.sends()
    expect(alice.hook("composer-error")).to_contain_text("broken.png can")


def test_an_upload_that_failed_offline_goes_by_itself_on_return(
    alice: ChatPage, bob: ChatPage
) -> None:
    network = Network(alice.page.context)
    alice.page.reload()
    alice.is_connected()
    network.goes()
    alice.hook("file-input").set_input_files([picture("one.png")])
    expect(alice.upload("one.png")).to_contain_text("tried again when you are back")
    network.returns()
    expect(alice.upload("one.png")).to_have_attribute("data-state", "done")
    alice.sends()
    expect(bob.hook("picture")).to_have_count(1)


def test_a_reload_keeps_what_is_uploaded_and_says_what_is_lost(
    alice: ChatPage, bob: ChatPage
) -> None:
    alice.hook("file-input").set_input_files([picture("kept.png")])
    expect(alice.upload("kept.png")).to_have_attribute("data-state", "done")
    alice.page.route("**/api/media/", lambda route: None)
    alice.hook("file-input").set_input_files([picture("lost.png")])
    expect(alice.upload("lost.png")).to_have_attribute("data-state", "uploading")
    alice.page.on("dialog", lambda dialog: dialog.accept())
    alice.page.reload()
    expect(alice.hook("files-lost")).to_contain_text("lost.png")
    expect(alice.hook("upload")).to_have_count(1)
    alice.hook("files-lost-close").click()
    expect(alice.hook("files-lost")).to_be_hidden()
    alice.is_connected()
    alice.sends()
    expect(bob.hook("picture")).to_have_count(1)


def test_what_is_dropped_beside_the_composer_leaves_nobody_without_the_page(
    sign_up: SignUp, tmp_path: Path
) -> None:
    folder, file = tmp_path / "photos", tmp_path / 'the "plan" 👩‍👩‍👧.txt'
    folder.mkdir()
    file.write_text("a plan")
    alice = sign_up("alice")
    bob = sign_up("bob")
    address = alice.page.url
    drops(alice, file, x=700, y=400)
    expect(alice.hook("notice-text")).to_contain_text("Open a conversation first")
    assert alice.page.url == address
    alice.starts_conversation_with(bob.name)
    bob.opens_conversation_with(alice.name)
    drops(alice, folder, x=60, y=400)
    expect(alice.hook("notice-text")).to_contain_text("photos is a folder, and was not added")
    expect(alice.hook("upload")).to_have_count(0)
    alice.says("Without the photos")
    expect(bob.message("Without the photos")).to_be_visible()
    drops(alice, file, x=60, y=400)
    expect(alice.hook("drop-hint")).to_be_hidden()
    expect(alice.upload("plan")).to_have_attribute("data-state", "done")
    alice.sends()
    expect(bob.hook("file").locator(".file-name")).to_have_text(file.name)
    with bob.page.expect_download() as saved:
        bob.hook("file").click()
    # Chromium itself puts another character where one can't be seen.
    assert saved.value.suggested_filename.startswith("the _plan_ 👩")
    assert not alice.errors + bob.errors


def test_a_film_plays_in_its_place_and_a_long_picture_is_seen(
    alice: ChatPage, bob: ChatPage
) -> None:
    film = bytes(alice.page.evaluate(RECORD))
    heif, long = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(heif, "HEIF")
    Image.new("RGB", (6, 9000), "teal").save(long, "PNG")
    files: list[FilePayload] = [
        {"name": "wave.webm", "mimeType": "video/webm", "buffer": film},
        {"name": "phone.heic", "mimeType": "image/heic", "buffer": heif.getvalue()},
        {"name": "long.png", "mimeType": "image/png", "buffer": long.getvalue()},
    ]
    alice.hook("file-input").set_input_files(files)
    for name in ("wave.webm", "phone.jpg", "long.png"):
        shown = name.replace(".jpg", ".heic")
        expect(alice.upload(shown)).to_have_attribute("data-state", "done")
    # Once it is up, it is a picture that browsers show.
    preview = alice.upload("phone.heic").locator("img")
    expect(preview).to_have_js_property("naturalWidth", 64)
    alice.sends()
    assert bob.hook("film").evaluate(PLAYED) == [96, 64]
    expect(bob.hook("picture")).to_have_count(2)
    expect(bob.hook("picture").first.locator("img")).to_have_js_property("naturalWidth", 64)
    room = bob.hook("picture").last.locator("img").bounding_box()
    assert room is not None
    assert (round(room["width"]), round(room["height"])) == (6, 176)
    link = bob.hook("picture").last.bounding_box()
    assert link is not None
    assert link["width"] >= 44
    assert not alice.errors + alice.violations + bob.errors + bob.violations
