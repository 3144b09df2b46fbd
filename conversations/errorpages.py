"""The pages on which something went wrong, in the words of the site. The API is told in JSON."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware
from django.views.defaults import permission_denied as django_permission_denied

from chatsite.realtime.errors import ErrorCode, Refused
from conversations.api import csrf_refusal, refusal


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, as after signing in or out in another tab: a way to go on."""
    if request.path.startswith("/api/"):
        return csrf_refusal(request)
    if reason == REASON_NO_CSRF_COOKIE:
        # The same form would fail the same way.
        return _again(request, "nocookie")
    if request.path == reverse("login"):
        return _sign_in_again(request)
    if request.path == reverse("logout"):
        return _sign_out_again(request)
    return _again(request, "form")


def _again(request: HttpRequest, what: str) -> HttpResponse:
    return render(request, "403_csrf.html", {"what": what}, status=HTTPStatus.FORBIDDEN)


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """Go on for who is signed in meanwhile, as whom they wanted; the form for all others."""
    view = LoginView()
    view.setup(request)
    username = request.POST.get("username", "")
    following = view.get_redirect_url()
    if not request.user.is_authenticated:
        form = AuthenticationForm(request, initial={"username": username})
        context = {"form": form, "next": following, "is_stale": True}
        return render(request, "registration/login.html", context, status=HTTPStatus.FORBIDDEN)
    if request.user.get_username() == username:
        return HttpResponseRedirect(view.get_success_url())
    # Somebody else's name was given: nobody goes on as another without being told.
    context = {"what": "other", "following": view.get_success_url(), "next": following}
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def _sign_out_again(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return _again(request, "sign-out")
    return redirect(settings.LOGOUT_REDIRECT_URL)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What somebody may not do: in JSON to the API, as a page to all others."""
    if not request.path.startswith("/api/"):
        return django_permission_denied(request, exception)
    return refusal(Refused(ErrorCode.NOT_ALLOWED))


@sync_and_async_middleware
def method_not_allowed_page(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """The middleware that shows a page where Django answers a wrong method with nothing."""
    if not iscoroutinefunction(get_response):
        return lambda request: _with_words(request, get_response(request))

    async def respond(request: HttpRequest) -> HttpResponse:
        return _with_words(request, await get_response(request))

    return respond


def _with_words(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
        page = render(request, "405.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page
    return response
