"""What is answered while something is away that a request needs: 503, as a page or in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from chatsite.realtime.outages import cause_of, outages
from chatsite.unavailable import HEADERS, STATUS, body_for

HEALTH = "/healthz"


@sync_and_async_middleware
def health_first(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """The middleware that answers for the health of the process by whatever host it is asked: a
    load balancer knows its address, and not the site's name."""

    def health_of(request: HttpRequest) -> HttpResponse | None:
        if request.path != HEALTH:
            return None
        answer: HttpResponse = resolve(HEALTH).func(request)
        return answer

    if not iscoroutinefunction(get_response):
        return lambda request: health_of(request) or get_response(request)

    async def respond(request: HttpRequest) -> Any:
        if request.path != HEALTH:
            return await get_response(request)
        # In the thread of the request, whose connection to the database is given back after it.
        return await sync_to_async(health_of, thread_sensitive=True)(request)

    return respond


def unavailable_for(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer, if the error comes of an outage."""
    if cause_of(error) is None:
        return None
    outages.report(error, "a request could not be answered")
    kind, body = body_for(request.path)
    return marked_as_logged(HttpResponse(body, kind, STATUS, headers=HEADERS))


def marked_as_logged(response: HttpResponse) -> HttpResponse:
    """The response, of which Django logs no line: the outage has its own."""
    vars(response)["_has_been_logged"] = True
    return response


class OutageMiddleware(MiddlewareMixin):
    """Answers for views that an outage keeps from it. It stands before all that reads a form."""

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Read the form, whose files are kept on disk; or that there was no room for them."""
        try:
            request.POST  # noqa: B018 (it is read when it is first asked for)
        except OSError as error:
            return unavailable_for(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What the view raised, or the rendering of its page."""
        return unavailable_for(request, error)


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, which writes the session after the view."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The response, or that the session could not be stored."""
        try:
            return super().process_response(request, response)
        except DatabaseError as error:
            answer = unavailable_for(request, error)
            if answer is None:
                raise
            return answer
