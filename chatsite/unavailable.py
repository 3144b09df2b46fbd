"""The one answer to what can't be done now: 503, and when to try again."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.template.loader import render_to_string

from chatsite.bodies import Application, Message, Receive, Scope, Send
from chatsite.contentsecurity import HEADER, POLICY
from chatsite.realtime.errors import SENTENCES, ErrorCode
from chatsite.realtime.outages import cause_of, outages

STATUS = HTTPStatus.SERVICE_UNAVAILABLE

RETRY_AFTER = "5"
"""Seconds. What somebody else has locked is free by then."""

HEADERS = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}


def body_for(path: str) -> tuple[str, str]:
    """The content type and the body: in JSON to the API, as a page to all others. It needs neither
    the database nor a session."""
    if path.startswith("/api/"):
        code = ErrorCode.UNAVAILABLE
        return "application/json", json.dumps({"code": code, "content": SENTENCES[code]})
    return "text/html; charset=utf-8", render_to_string("503.html")


class Unavailable:
    """The application, with 503 for requests that fail before Django has read them: their bodies
    are kept on disk, which may be full."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_answered = False

        async def send_noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await self._application(scope, receive, send_noted)
        except OSError as error:
            if is_answered or cause_of(error) is None:
                raise
            outages.report(error, "a request could not be read")
            await answer(scope["path"], send)


async def answer(path: str, send: Send) -> None:
    """Say it without Django."""
    kind, text = body_for(path)
    body = text.encode()
    headers = {
        "content-type": kind,
        "content-length": str(len(body)),
        HEADER: "; ".join(POLICY),
        **HEADERS,
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": STATUS, "headers": raw})
    await send({"type": "http.response.body", "body": body})
