"""A bound on request bodies: Django would keep a body of any size on disk before it looks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string

from chatsite.contentsecurity import HEADER, POLICY
from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.reasons import Reason

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOADS = "/api/media/"

LONGEST = 19
"""Digits of a length that is read. One with more is too large in any case, unless it begins with
zeros, which no client writes."""

ROOM_FOR_MULTIPART = 64 * 1024
"""What a form may take beside the file in it."""


class BodyLimit:
    """The application, with requests of too large a body answered by 413: at once where they say
    how large they are, else when they have become so."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        bound = _bound_of(scope["path"])
        if _said_length(scope) > bound.limit:
            await bound.refuse(send)
            return
        body = _Counted(receive, send, bound)
        await self._application(scope, body.receive, body.send)


class _Bound(NamedTuple):
    """How large a body may be, and how a larger one is refused: by a code, or by a page."""

    limit: int
    code: ErrorCode
    reason: Reason | None = None
    is_page: bool = False

    async def refuse(self, send: Send) -> None:
        headers = {"content-type": "application/json"}
        if self.is_page:
            headers = {"content-type": "text/html; charset=utf-8", HEADER: "; ".join(POLICY)}
            body = render_to_string("413.html").encode()
        else:
            sentence = f"At most {self.limit // 1024} KiB may be sent here."
            said = {"code": self.code, "reason": self.reason, "content": sentence}
            body = json.dumps({key: one for key, one in said.items() if one is not None}).encode()
        headers["content-length"] = str(len(body))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 413, "headers": raw})
        await send({"type": "http.response.body", "body": body})


class _Counted:
    """The two ends of one request. Who sends too much seems to have hung up."""

    def __init__(self, receive: Receive, send: Send, bound: _Bound) -> None:
        self._receive = receive
        self._send = send
        self._bound = bound
        self._length = 0
        self._is_refused = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._length += len(message.get("body", b""))
        if self._length <= self._bound.limit:
            return message
        if not self._is_refused:
            self._is_refused = True
            await self._bound.refuse(self._send)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self._is_refused:
            await self._send(message)


def _bound_of(path: str) -> _Bound:
    if path == UPLOADS:
        limit = settings.MEDIA_MAX_BYTES + ROOM_FOR_MULTIPART
        return _Bound(limit, ErrorCode.INVALID_MEDIA, Reason.FILE_TOO_LARGE)
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit is not None, "a site without a limit would fill its disk"
    return _Bound(limit, ErrorCode.INVALID_FRAME, is_page=not path.startswith("/api/"))


def _said_length(scope: Scope) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"")
    # Python refuses to read numbers of thousands of digits, and the first digits say enough.
    return int(said[:LONGEST]) if said.isdigit() else 0
