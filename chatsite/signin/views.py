"""Django's pages that take a password, behind the count of tries."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from chatsite.addresses import address_of
from chatsite.realtime import clock
from chatsite.signin import known
from chatsite.signin.tries import Tries

View = Callable[..., HttpResponseBase]


def nobody(_: HttpRequest) -> str:
    """No account: what is chosen is the password of a new one, or of who has a link."""
    return ""


def named(request: HttpRequest) -> str:
    """The account that the form names, as Django would look for it."""
    name = request.POST.get("username", "")
    return unicodedata.normalize("NFKC", name).casefold()[:150]


def own(request: HttpRequest) -> str:
    """The account of who is signed in."""
    return request.user.get_username() if request.user.is_authenticated else ""


def counted(view: View, account_of: Callable[[HttpRequest], str]) -> View:
    """The view, of which a form is answered with 429 where its address or the account has had too
    many tries. A form that leads on was right; one that is shown again was wrong."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        address = address_of([request.META.get("REMOTE_ADDR")])
        tries = Tries(address=address, account=account_of(request))
        wait = tries.wait(now=clock.now().timestamp())
        if wait:
            return _too_many(request, wait)
        response = view(request, *args, **kwargs)
        if response.status_code == HTTPStatus.FOUND:
            tries.was_right()
            if request.user.is_authenticated:
                # A page for those who are signed in leads all others to the sign-in.
                known.remember(address)
        else:
            tries.was_wrong(now=clock.now().timestamp())
        return response

    return wrapped


def _too_many(request: HttpRequest, wait: float) -> HttpResponse:
    page = render(
        request,
        "429.html",
        {"wait": math.ceil(wait / 60)},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    page["Retry-After"] = str(math.ceil(wait))
    return page
