"""Uploads over HTTP: taken in, and given to those who may see them."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.base import File
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from chatsite.realtime import clock
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from conversations import history, services
from conversations.api import answer, api, refusal, user_id_of
from conversations.byteranges import byte_range
from conversations.filenames import disposition, unescaped
from conversations.mediatypes import MediaKind
from conversations.models import Media
from conversations.outbound import media_fields
from conversations.shapes import Uploaded

CHUNK = 256 * 1024

# Whoever opens it as a page gets one that can do nothing and is of no site. It may be kept, and is
# asked for again before it is shown: who saw it may have been removed, or have signed out.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


@api("POST", may_repeat=False)
def upload(request: HttpRequest) -> HttpResponse:
    """Take in a file. ``name``, before it in the form, is its name as it is: what a part's header
    says has lost quotes, and Django takes all that is invisible from it."""
    file = request.FILES.get("file")
    if not isinstance(file, File):
        raise Refused(ErrorCode.INVALID_FRAME, "The form has no file.")
    if (file.size or 0) > settings.MEDIA_MAX_BYTES:
        sentence = f"A file has at most {settings.MEDIA_MAX_BYTES // 1024} KiB."
        refused = Refused(ErrorCode.INVALID_MEDIA, sentence, reason=Reason.FILE_TOO_LARGE)
        return refusal(refused, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    kept = services.keep_upload(
        uploader_id=user_id_of(request),
        file=file,
        name=request.POST.get("name") or unescaped(file.name or ""),
        claimed_type=file.content_type or "",
        now=clock.now(),
    )
    said = Uploaded(message_type=MediaKind(kept.kind), **media_fields(kept))
    return answer(said, HTTPStatus.CREATED)


@require_safe
def media(request: HttpRequest, media_id: UUID) -> HttpResponseBase:
    """An upload."""
    found = _require_media(request, media_id)
    return _served(request, found, found.file, found.content_type)


@require_safe
def thumbnail(request: HttpRequest, media_id: UUID) -> HttpResponseBase:
    """A small picture of it."""
    found = _require_media(request, media_id)
    if not found.thumbnail:
        raise Http404
    return _served(request, found, found.thumbnail, "image/webp")


def _require_media(request: HttpRequest, media_id: UUID) -> Media:
    if request.user.pk is None:
        raise Http404
    try:
        return history.require_media(media_id=media_id, viewer_id=request.user.pk)
    except Refused:
        raise Http404 from None


def _served(
    request: HttpRequest, media: Media, file: FieldFile, content_type: str
) -> HttpResponseBase:
    """The file, or the part of it that is asked for, or the word that it is still the same."""
    etag, changed = f'"{file.name}"', int(media.uploaded_at.timestamp())
    about = {"ETag": etag, "Last-Modified": http_date(changed), "Content-Type": content_type}
    unchanged = get_conditional_response(request, etag, changed)
    response = _body(request, file, etag) if unchanged is None else unchanged
    named = disposition(media.name, is_download=media.kind == MediaKind.FILE)
    for name, value in {**HEADERS, **about, "Content-Disposition": named}.items():
        response[name] = value
    return response


def _body(request: HttpRequest, file: FieldFile, etag: str) -> HttpResponseBase:
    try:
        size: int = file.size
    except FileNotFoundError:
        raise Http404 from None
    try:
        part = _part_of(request, etag, size)
    except ValueError:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return HttpResponse(status=status, headers={"Content-Range": f"bytes */{size}"})
    wanted = range(size) if part is None else part
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(_Chunks(file.open("rb"), wanted))
    response["Content-Length"] = str(len(wanted))
    if part is not None:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _part_of(request: HttpRequest, etag: str, size: int) -> range | None:
    """Raises ``ValueError`` where the part asked for is not there."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return byte_range(request.headers.get("Range", ""), size=size)


class _Chunks:
    """A part of a file, read in a thread, bit by bit, as the client takes it."""

    def __init__(self, file: File[bytes], part: range) -> None:
        self._file = file
        self._left = len(part)
        file.seek(part.start)

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> bytes:
        read = sync_to_async(self._file.read, thread_sensitive=False)
        chunk: bytes = await read(min(CHUNK, self._left))
        if not chunk:
            raise StopAsyncIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of the file; the response does so when it is over."""
        self._file.close()
