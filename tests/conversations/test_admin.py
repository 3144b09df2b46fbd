"""Uploads in the admin: they are read there, and removed with the messages that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.test import Client, override_settings
from msgspec import structs

from chatsite.realtime.bidi import isolated
from conversations import services
from conversations.models import Media, Message
from conversations.policy import url_of_media
from tests.conversations.conftest import NOON, draft
from tests.ears import Ear
from tests.pictures import drawn

UPLOADS = "/admin/conversations/media/"


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> Iterator[Path]:
    """Where uploads are kept."""
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


@pytest.fixture
def plan(alice: User) -> Media:
    """What Alice uploaded."""
    file = File(BytesIO(drawn("PNG", size=(800, 600))), name="plan.png")
    return services.keep_upload(uploader_id=alice.pk, file=file, claimed_type="", now=NOON)


def sends(user: User, group: int, media: Media) -> Message:
    """The message in which the user sends it."""
    said = structs.replace(draft(group, "look"), media_url=url_of_media(media.pk))
    sent = services.send_message(sender_id=user.pk, draft=said, ends_typing=False, now=NOON)
    return Message.objects.get(client_message_id=sent.message.client_message_id)


def deletes(client: Client, *media: Media) -> str:
    """Delete them from the list, and confirm it; the page that follows."""
    chosen = [one.pk for one in media]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    return client.post(UPLOADS, form, follow=True).content.decode()


def files_in(place: Path) -> list[Path]:
    """All files there."""
    return [path for path in place.rglob("*") if path.is_file()]


def test_the_pages_say_what_it_is_whose_and_who_sent_it_where(
    admin_client: Client, alice: User, group: int, plan: Media
) -> None:
    page = admin_client.get(f"{UPLOADS}{plan.pk}/change/").content.decode()
    assert ">none<" in page
    sends(alice, group, plan)
    listed = admin_client.get(f"{UPLOADS}?q=alice").content.decode()
    assert "plan.png" in listed
    assert '<td class="field-message_count">1</td>' in listed
    assert "plan.png" not in admin_client.get(f"{UPLOADS}?kind=file").content.decode()
    page = admin_client.get(f"{UPLOADS}{plan.pk}/change/").content.decode()
    assert "image/png" in page
    where = f"message 1 of conversation {group} ({isolated('The team')})"
    assert f"{where}, by {isolated('alice')}, 2026-03-01 12:00:00" in page
    assert 'name="_save"' not in page
    assert admin_client.get(f"{UPLOADS}add/").status_code == 403
    assert admin_client.post(f"{UPLOADS}{plan.pk}/change/", {"name": "x"}).status_code == 403


def test_deleted_it_is_gone_and_so_are_the_messages_as_everybody_hears(
    admin_client: Client, alice: User, group: int, plan: Media, place: Path, ear: Ear
) -> None:
    carriers = [sends(alice, group, plan).pk for _ in range(2)]
    assert len(files_in(place)) == 2
    ear.events()
    confirmation = admin_client.get(f"{UPLOADS}{plan.pk}/delete/").content.decode()
    assert f"message 2 of conversation {group}" in confirmation
    assert ear.events() == []
    admin_client.post(f"{UPLOADS}{plan.pk}/delete/", {"post": "yes"})
    assert not Media.objects.exists()
    assert files_in(place) == []
    heard = ear.events()
    assert [event["messageId"] for event in heard] == carriers
    assert [event["revision"] for event in heard] == [1, 2]
    for event in heard:
        assert event["isDeleted"] is True
        assert event["content"] == ""
        assert "mediaUrl" not in event
    for message in Message.objects.all():
        assert (message.content, message.media) == ("", None)
        assert message.deleted_at is not None


def test_what_nobody_sent_is_removed_and_no_message_is(
    admin_client: Client, alice: User, group: int, plan: Media, place: Path, ear: Ear
) -> None:
    services.send_message(sender_id=alice.pk, draft=draft(group), ends_typing=False, now=NOON)
    ear.events()
    assert "Successfully deleted 1 media" in deletes(admin_client, plan)
    assert not Media.objects.exists()
    assert files_in(place) == []
    assert ear.events() == []


def test_files_that_can_not_be_removed_are_left_to_the_sweep(
    admin_client: Client,
    alice: User,
    group: int,
    plan: Media,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = sends(alice, group, plan)

    def fail(*_: object) -> None:
        raise PermissionError

    with monkeypatch.context() as broken:
        broken.setattr(FileSystemStorage, "delete", fail)
        assert "still there, for the sweep" in deletes(admin_client, plan)
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert Media.objects.exists()
    assert "Successfully deleted" in deletes(admin_client, plan)
    assert files_in(place) == []


def test_who_may_only_look_removes_nothing(alice: User, group: int, plan: Media) -> None:
    sends(alice, group, plan)
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_media"))
    client = Client()
    client.force_login(clerk)
    assert "plan.png" in client.get(UPLOADS).content.decode()
    assert client.post(f"{UPLOADS}{plan.pk}/delete/", {"post": "yes"}).status_code == 403
    deletes(client, plan)
    assert Media.objects.exists()
    assert not Message.objects.exclude(deleted_at=None).exists()
