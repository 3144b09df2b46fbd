"""Uploads that nobody sends are removed, rows and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.management import call_command
from django.test import override_settings

from chatsite.realtime.errors import Refused
from conversations import services
from conversations.inbound import Draft
from conversations.models import Media, Message
from conversations.policy import url_of_media
from tests.pictures import drawn

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1, seconds=1)

Uploads = Callable[..., Media]


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def room(alice: User) -> int:
    bob = User.objects.create_user("bob")
    conversation, _ = services.create_conversation(
        creator_id=alice.pk, participant_ids=[bob.pk], title="", now=NOW
    )
    return conversation.pk


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> Iterator[Path]:
    """Where uploads are kept."""
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


@pytest.fixture
def uploads(alice: User) -> Uploads:
    """The way to upload something: ``uploads(b"…")``."""

    def uploads(content: bytes = b"hi", *, now: datetime = NOW) -> Media:
        file = File(BytesIO(content), name="it")
        return services.keep_upload(uploader_id=alice.pk, file=file, claimed_type="", now=now)

    return uploads


def send(media: Media, room: int, sender: User) -> Message:
    """Send a message that carries it."""
    draft = Draft(
        conversation_id=room,
        client_message_id=str(media.pk),
        content="",
        message_type="text",
        reply_to_message_id=None,
        media_url=url_of_media(media.pk),
    )
    sent = services.send_message(sender_id=sender.pk, draft=draft, ends_typing=False, now=NOW)
    return Message.objects.get(client_message_id=sent.message.client_message_id)


def files_in(place: Path) -> list[Path]:
    """All files there."""
    return [path for path in place.rglob("*") if path.is_file()]


def test_what_nobody_sent_is_removed_after_a_day(place: Path, uploads: Uploads) -> None:
    uploads(drawn("PNG", size=(800, 600)))
    uploads(now=TOMORROW)
    assert len(files_in(place)) == 3
    assert services.sweep_media(now=NOW + timedelta(hours=23)).uploads == 0
    swept = services.sweep_media(now=TOMORROW)
    assert (swept.uploads, swept.bytes > 0) == (1, True)
    assert len(files_in(place)) == Media.objects.count() == 1
    assert services.sweep_media(now=TOMORROW).uploads == 0


def test_what_a_message_carries_stays(
    place: Path, alice: User, room: int, uploads: Uploads
) -> None:
    send(uploads(), room, alice)
    assert services.sweep_media(now=TOMORROW).uploads == 0
    assert len(files_in(place)) == 1


def test_a_few_at_a_time(uploads: Uploads) -> None:
    for _ in range(3):
        uploads()
    assert services.sweep_media(now=TOMORROW, limit=2).uploads == 2
    assert services.sweep_media(now=TOMORROW, limit=2).uploads == 1


def test_what_was_removed_can_not_be_sent(alice: User, room: int, uploads: Uploads) -> None:
    media = uploads()
    services.sweep_media(now=TOMORROW)
    with pytest.raises(Refused, match="invalid_media"):
        send(media, room, alice)


def test_a_file_that_is_gone_already_is_no_trouble(place: Path, uploads: Uploads) -> None:
    uploads()
    for path in files_in(place):
        path.unlink()
    assert services.sweep_media(now=TOMORROW).uploads == 1


def test_one_that_can_not_be_removed_is_tried_again(place: Path, uploads: Uploads) -> None:
    uploads()
    [path] = files_in(place)
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    assert services.sweep_media(now=TOMORROW).uploads == 0
    assert Media.objects.count() == 1


def test_of_what_can_not_be_stored_nothing_is_left(place: Path, uploads: Uploads) -> None:
    in_the_way = [place / f"{number:02x}" for number in range(256)]
    for path in in_the_way:
        path.touch()
    with pytest.raises(Refused, match="unavailable"):
        uploads()
    for path in in_the_way:
        path.unlink()
    services.sweep_media(now=TOMORROW)
    assert not Media.objects.exists()


def sweep(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("sweep_media", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_did(uploads: Uploads) -> None:
    uploads(b"four")
    would = "Uploads that would be removed: 1. Bytes: 4.\n"
    assert sweep("--dry-run") == sweep("--dry-run") == would
    assert sweep() == "Uploads that were removed: 1. Bytes: 4.\n"
    assert sweep() == "Uploads that were removed: 0. Bytes: 0.\n"
