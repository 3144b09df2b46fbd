"""A bound on request bodies: Django would keep a body of any size on disk before it looks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from chatsite.realtime.errors import ErrorCode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOADS = "/api/media/"

ROOM_FOR_MULTIPART = 64 * 1024
"""What a form may take beside the file in it."""


class BodyLimit:
    """The application, with requests of too large a body answered by 413: at once where they say
    how large they are, else when they have become so."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        limit = _limit_of(scope["path"])
        if _said_length(scope) > limit:
            await _refuse(send, limit)
            return
        body = _Counted(receive, send, limit)
        await self._application(scope, body.receive, body.send)


class _Counted:
    """The two ends of one request. Who sends too much seems to have hung up."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._length = 0
        self._is_refused = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._length += len(message.get("body", b""))
        if self._length <= self._limit:
            return message
        if not self._is_refused:
            self._is_refused = True
            await _refuse(self._send, self._limit)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self._is_refused:
            await self._send(message)


def _limit_of(path: str) -> int:
    if path == UPLOADS:
        return int(settings.MEDIA_MAX_BYTES) + ROOM_FOR_MULTIPART
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit is not None, "a site without a limit would fill its disk"
    return limit


def _said_length(scope: Scope) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) < 19 else 0


async def _refuse(send: Send, limit: int) -> None:
    sentence = f"At most {limit // 1024} KiB may be sent here."
    body = json.dumps({"code": ErrorCode.INVALID_MEDIA, "content": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
