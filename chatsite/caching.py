"""What may be kept of the site's answers: by default nothing, since each is for one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

HEADER = "Cache-Control"

NOTHING = "private, no-store"
"""Neither a proxy keeps it nor the browser, not even to go back to: after a sign-out Back would
show to the next person at this computer what the one before saw."""


@sync_and_async_middleware
def keep_nothing(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """The middleware. An answer that says of itself what may be kept of it is left as it is."""
    if not iscoroutinefunction(get_response):
        return lambda request: _keeping_nothing(get_response(request))

    async def respond(request: HttpRequest) -> HttpResponse:
        return _keeping_nothing(await get_response(request))

    return respond


def _keeping_nothing(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault(HEADER, NOTHING)
    return response
