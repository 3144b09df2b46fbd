"""Which pages may open a WebSocket: those of the site itself, and of origins that it trusts.

A browser sends a visitor's cookies along with a WebSocket that any page opens, and says in Origin
whose page that is. So a WebSocket is let in by the rule by which Django takes a form.
"""

from __future__ import annotations

import io
from typing import Any, cast

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.middleware.csrf import CsrfViewMiddleware

from chatsite.bodies import Application, Receive, Scope, Send

SCHEMES = {"ws": "http", "wss": "https"}
"""The scheme of a WebSocket, and that of the pages that are served beside it."""


class SameOrigin:
    """The application, with WebSockets of other origins refused with HTTP 403.

    An origin is scheme, host and port. It must be that of the request itself, as Django knows it
    behind a proxy, or one of ``CSRF_TRUSTED_ORIGINS``."""

    def __init__(self, application: Application) -> None:
        self._application = application
        # There is no view behind the middleware, for only its rule is asked.
        self._rule = _OriginRule(cast(Any, refuse))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if self._rule.allows(scope):
            await self._application(scope, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse the handshake with HTTP 403."""
    await receive()
    await send({"type": "websocket.close"})


class _OriginRule(CsrfViewMiddleware):
    """Django's rule, asked of a handshake. As a middleware it would look at no GET."""

    def allows(self, scope: Scope) -> bool:
        """Whether the page that opens this WebSocket may do so. Without Origin nothing is known of
        it, and every browser sends one."""
        request = _request_of(scope)
        if "HTTP_ORIGIN" not in request.META:
            return False
        # The stubs leave out what is not documented.
        return bool(self._origin_verified(request))  # type: ignore[attr-defined]


def _request_of(scope: Scope) -> ASGIRequest:
    """The handshake as the request that it is, without what is of no matter and may be malformed:
    its query, and what it says of a body."""
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(b"content")]
    http = {"method": "GET", "path": "/", "scheme": _scheme_of(scope), "headers": headers}
    return ASGIRequest({**http, "server": scope.get("server")}, io.BytesIO())


def _scheme_of(scope: Scope) -> str:
    """By which scheme the pages come that are served beside this WebSocket. Daphne does not say it:
    then it is https where the site has no pages of another."""
    said: str | None = scope.get("scheme")
    if said is None:
        return "https" if settings.SECURE_SSL_REDIRECT else "http"
    return SCHEMES.get(said, said)
