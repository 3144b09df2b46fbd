"""The door of the HTTP API: who may come in, what is read of a request, and how it is answered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.common import no_append_slash
from django.views.defaults import page_not_found as django_page_not_found

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.outages import cause_of, outages
from chatsite.realtime.requestturns import request_in_turn
from chatsite.realtime.wire import Event
from chatsite.unavailable import RETRY_AFTER
from conversations.outagepages import marked_as_logged
from conversations.shapes import Refusal

STATUS_OF = {
    ErrorCode.NOT_A_PARTICIPANT: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_MESSAGE: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.CONVERSATION_FULL: HTTPStatus.CONFLICT,
    ErrorCode.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    ErrorCode.WRONG_ACCOUNT: HTTPStatus.PRECONDITION_FAILED,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Of the codes that are not 400."""

EXPECTED_USER = "X-Expected-User"
"""The header by which a client says whose session it believes to be using."""

View = Callable[..., HttpResponse]
T = TypeVar("T")


def api(*methods: str, may_repeat: bool = True) -> Callable[[View], View]:
    """JSON for who is signed in and asks by one of the methods; a refusal is
    ``{"code", "content"}`` with the right status.

    The view is called once more where it failed because something was locked, unless it uses up
    what was sent."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return _wrong_method(methods)
            try:
                if not request.user.is_authenticated:
                    raise Refused(ErrorCode.SIGNED_OUT)
                _require_expected_user(request)
                work = functools.partial(view, request, *args, **kwargs)
                return request_in_turn(_key_of(request, kwargs), work) if may_repeat else work()
            except Refused as refused:
                return refusal(refused)
            except DatabaseError as error:
                if cause_of(error) is None:
                    raise
                outages.report(error, "a request could not be answered")
                return refusal(Refused(ErrorCode.UNAVAILABLE))

        return wrapped

    return decorate


def _key_of(request: HttpRequest, named: Mapping[str, Any]) -> Hashable:
    """What the request may have to wait for: the conversation that it names, or else something of
    its own person's."""
    if "conversation_id" in named:
        return "conversation", named["conversation_id"]
    return "person", request.user.pk


def _require_expected_user(request: HttpRequest) -> None:
    """Refuse what was meant for another account: the tabs of a browser share one cookie."""
    expected = request.headers.get(EXPECTED_USER)
    if request.user.is_authenticated and expected not in (None, str(request.user.pk)):
        raise Refused(ErrorCode.WRONG_ACCOUNT)


def _wrong_method(methods: tuple[str, ...]) -> HttpResponse:
    response = refusal(Refused(ErrorCode.METHOD_NOT_ALLOWED))
    response["Allow"] = ", ".join(methods)
    return response


# Django would send a wrong address without a slash at its end here, and not say that it is wrong.
@no_append_slash
def nothing(request: HttpRequest) -> HttpResponse:
    """What is at an address of the API that is none; in DEBUG too."""
    return refusal(Refused(ErrorCode.NOT_FOUND))


def answer(body: msgspec.Struct | Event, status: int = HTTPStatus.OK) -> HttpResponse:
    """The body as JSON."""
    return HttpResponse(msgspec.json.encode(body), "application/json", status)


def refusal(refused: Refused, status: int | None = None) -> HttpResponse:
    """The refusal as JSON, with the status of its code unless it is another, and when to try
    again where that is known."""
    code = refused.code
    known = STATUS_OF.get(code, HTTPStatus.BAD_REQUEST)
    body = Refusal(code=code, content=refused.sentence, reason=refused.reason)
    response = answer(body, known if status is None else status)
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
    if code is ErrorCode.UNAVAILABLE:
        response.setdefault("Retry-After", RETRY_AFTER)
        marked_as_logged(response)
    return response


def csrf_refusal(request: HttpRequest) -> HttpResponse:
    """What the API says to an unsafe request without its token."""
    try:
        # A sign-in replaces the token: that it is another account is the cause, and says more.
        _require_expected_user(request)
    except Refused as refused:
        return refusal(refused)
    sentence = "The CSRF token is missing or wrong. Reload the page."
    return refusal(Refused(ErrorCode.NOT_ALLOWED, sentence))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django can't read, such as a form without its end: in JSON to the API,
    as a page to all others.

    Django's own view would look for a CSRF token in the form, and so fail at it once more."""
    if not request.path.startswith("/api/"):
        return HttpResponse(render_to_string("400.html"), status=HTTPStatus.BAD_REQUEST)
    return refusal(Refused(ErrorCode.INVALID_FRAME, "This request can't be read."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that is none: as ``bad_request``."""
    if not request.path.startswith("/api/"):
        return django_page_not_found(request, exception)
    return refusal(Refused(ErrorCode.NOT_FOUND))


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug, which Django has logged: as ``bad_request``."""
    if not request.path.startswith("/api/"):
        page = render_to_string("500.html")
        return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return refusal(Refused(ErrorCode.INTERNAL_ERROR))


def body_of(request: HttpRequest, kind: type[T]) -> T:
    """What the request asks for. Raises ``Refused``: invalid_json, invalid_frame."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(ErrorCode.INVALID_FRAME, str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused(ErrorCode.INVALID_JSON) from None


def number_of(text: str, *, name: str) -> int:
    """The number in a query. Raises ``Refused`` (invalid_frame)."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refused(ErrorCode.INVALID_FRAME, f"{name} is not a number.")
    return int(text)


def user_id_of(request: HttpRequest) -> int:
    """Who asks. The view is behind ``api`` or a sign-in."""
    assert request.user.pk is not None, "the view is for who is signed in"
    return int(request.user.pk)
