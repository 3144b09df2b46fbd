"""The content security policy: a page runs and loads what comes from the site, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

HEADER = "Content-Security-Policy"

POLICY = (
    "default-src 'self'",
    # What is about to be uploaded is shown from memory.
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)

# Django's own reports in DEBUG have their styles and scripts within.
DEBUG_PAGES = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


@sync_and_async_middleware
def content_security_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """The middleware. An answer that has a policy of its own keeps it."""
    if not iscoroutinefunction(get_response):
        return lambda request: _with_policy(request, get_response(request))

    async def respond(request: HttpRequest) -> HttpResponse:
        return _with_policy(request, await get_response(request))

    return respond


def _with_policy(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
        response.headers.setdefault(HEADER, "; ".join([*POLICY, _connections_of(request)]))
    return response


def _connections_of(request: HttpRequest) -> str:
    """To whom a page may connect. Older Safaris do not take a WebSocket of the site for 'self'."""
    try:
        host = request.get_host()
    except DisallowedHost:
        host = ""
    if not host or host.startswith("["):
        # The grammar of policies has no IPv6 addresses.
        return "connect-src 'self'"
    return f"connect-src 'self' {'wss' if request.is_secure() else 'ws'}://{host}"
