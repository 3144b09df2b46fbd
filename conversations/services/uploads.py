"""What people upload: taken in, and removed again when no message carries it."""

from __future__ import annotations

import functools
import logging
import time
import uuid
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import msgspec
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import connection, transaction

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.outages import Cause, outages
from chatsite.realtime.reasons import Reason
from conversations.budgets import Budget
from conversations.filenames import safe_name
from conversations.mediatypes import (
    FILE,
    SHOWN_IMAGES,
    MediaKind,
    MediaType,
    claims_image,
    recognise,
)
from conversations.models import Media
from conversations.selectors import unsent_bytes, unsent_media, unsent_since
from conversations.services.changes import delete_carriers
from conversations.studio import get_studio

logger = logging.getLogger(__name__)

SWEEP_LIMIT = 100
"""Uploads that one sweep removes, so that nothing waits for it for long."""


class Swept(msgspec.Struct, frozen=True):
    """What a sweep removed, or would have."""

    uploads: int
    bytes: int


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of an upload."""

    type: MediaType
    content: File[bytes]
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None


def keep_upload(
    *,
    uploader_id: int,
    file: File[bytes],
    name: str | None = None,
    claimed_type: str,
    now: datetime,
) -> Media:
    """Store what the user uploaded, by what it is: ``name`` (if none, that of the file) and
    ``claimed_type`` are only what they say. Raises ``Refused``: invalid_media, rate_limited,
    unavailable."""
    if not file.size:
        raise Refused(ErrorCode.INVALID_MEDIA, "This file is empty.", reason=Reason.EMPTY_FILE)
    _require_room(uploader_id, file.size, now=now)
    _spend(uploader_id, file.size)
    if not connection.in_atomic_block:
        # Drawing takes long, and others want this thread's connection meanwhile.
        connection.close()
    name = file.name or "" if name is None else name
    kept = _examined(
        file, uploader_id=uploader_id, claims=claims_image(name=name, content_type=claimed_type)
    )
    media = Media(
        uploader_id=uploader_id,
        kind=kept.type.kind,
        content_type=kept.type.content_type,
        name=safe_name(name, content_type=kept.type.content_type, shown_as=SHOWN_IMAGES)
        or kept.type.kind,
        bytes=kept.content.size,
        width=kept.width,
        height=kept.height,
        uploaded_at=now,
    )
    _store(media, kept)
    return media


def _require_room(uploader_id: int, size: int, *, now: datetime) -> None:
    if unsent_bytes(uploader_id) + size <= settings.MEDIA_MAX_UNSENT:
        return
    # Whoever sends none of it waits until a sweep removes the oldest.
    oldest = unsent_since(uploader_id) or now
    kept_for = settings.MEDIA_ORPHAN_AGE + settings.MEDIA_SWEEP_INTERVAL
    left = kept_for - (now - oldest).total_seconds()
    raise Refused(
        ErrorCode.RATE_LIMITED,
        "Send what you uploaded before you upload more.",
        reason=Reason.UNSENT_LIMIT,
        retry_after=max(1, ceil(left)),
    )


def _spend(uploader_id: int, size: int) -> None:
    seconds = intake().take(uploader_id, size, now=time.monotonic())
    if seconds:
        raise Refused(
            ErrorCode.RATE_LIMITED,
            f"You uploaded a lot. Go on in {ceil(seconds / 60)} min.",
            reason=Reason.HOURLY_BYTES,
            retry_after=seconds,
        )


@functools.cache
def intake() -> Budget:
    """What people upload in an hour, kept or not, as this process counts it."""
    return Budget(settings.MEDIA_HOURLY_BYTES)


def _examined(file: File[bytes], *, uploader_id: int, claims: bool) -> _Kept:
    found = recognise(file)
    if found.kind is not MediaKind.IMAGE:
        if claims:
            raise Refused(ErrorCode.INVALID_MEDIA, "This is no image.", reason=Reason.NOT_AN_IMAGE)
        return _Kept(type=found, content=file, width=found.width, height=found.height)
    try:
        return _drawn(file, uploader_id)
    except Refused as refused:
        # Not every browser shows it, so nobody takes it for more than a file where it can't be
        # made into what they show.
        if found.content_type in SHOWN_IMAGES or refused.code is not ErrorCode.INVALID_MEDIA:
            raise
        file.seek(0)
        return _Kept(type=FILE, content=file)


def _drawn(file: File[bytes], uploader_id: int) -> _Kept:
    picture = get_studio().draw(file, person=uploader_id, max_pixels=settings.MEDIA_MAX_PIXELS)
    return _Kept(
        type=MediaType(MediaKind.IMAGE, picture.content_type),
        content=ContentFile(picture.content),
        thumbnail=picture.thumbnail,
        width=picture.width,
        height=picture.height,
    )


def _store(media: Media, kept: _Kept) -> None:
    """The row first: a file without one would never be found again, should this end here."""
    # Without extensions, so that no server which is pointed here by mistake runs one as a page.
    path = f"{media.pk.hex[:2]}/{media.pk.hex}"
    media.file.name = path
    if kept.thumbnail is not None:
        media.thumbnail.name = f"{path}-thumbnail"
    media.save(force_insert=True)
    try:
        media.file.storage.save(path, kept.content)
        if kept.thumbnail is not None:
            media.thumbnail.storage.save(media.thumbnail.name, ContentFile(kept.thumbnail))
    except OSError as error:
        # Nobody gets its address, and what there is of it counts nowhere.
        outages.report(error, "an upload could not be stored")
        _remove_unsent(media.pk)
        raise Refused(ErrorCode.UNAVAILABLE) from None
    outages.ends(Cause.FILES)


def sweep_media(*, now: datetime, dry_run: bool = False, limit: int = SWEEP_LIMIT) -> Swept:
    """Remove uploads that no message carries and that are older than ``MEDIA_ORPHAN_AGE``, at
    most ``limit`` of them. Any number of sweeps may run at once."""
    old = unsent_media().filter(uploaded_at__lt=now - timedelta(seconds=settings.MEDIA_ORPHAN_AGE))
    found = list(old.order_by("uploaded_at").values_list("pk", "bytes")[:limit])
    removed = [size for pk, size in found if dry_run or _remove_unsent(pk)]
    return Swept(uploads=len(removed), bytes=sum(removed))


def remove_upload(*, media_id: uuid.UUID, now: datetime) -> bool:
    """Remove an upload for an operator, sent or not: the messages that carry it are deleted.
    Whether it is gone; what could not be removed, the sweep removes."""
    delete_carriers(media_id=media_id, now=now)
    return _remove_unsent(media_id)


@transaction.atomic
def _remove_unsent(media_id: uuid.UUID) -> bool:
    """Whether it is gone now. Locked before it is looked at again, so that it can't be sent in
    between; the row last, so that what fails halfway is found by the next sweep."""
    rows: Any = Media.objects.select_for_update(skip_locked=True).filter(pk=media_id)
    if not list(rows.values_list("pk")):
        return False
    media = unsent_media().filter(pk=media_id).first()
    if media is None:
        return False
    try:
        _remove(media)
    except OSError as error:
        outages.report(error, "an upload could not be removed")
        return False
    return True


def _remove(media: Media) -> None:
    for file in (media.thumbnail, media.file):
        if file.name:
            file.storage.delete(file.name)
    media.delete()
