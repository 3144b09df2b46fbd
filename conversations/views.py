"""Pages and the HTTP API: requests to services, and nothing else."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.csrf import csrf_failure as django_csrf_failure
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import UNSET, UnsetType
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chatsite.realtime.errors import SENTENCES, ErrorCode, Refused
from chatsite.realtime.wire import rfc3339, to_event
from conversations import history, selectors, services
from conversations.inbound import MAX_CONTENT, Id
from conversations.models import Participant
from conversations.outbound import message_event, name_of
from presence import selectors as presence_selectors
from presence import services as presence_services
from presence.models import UserPresence

logger = logging.getLogger(__name__)

PAGE_LIMIT = 100
MAX_TITLE = 120
MAX_ASKED = 500
"""People whose presence is told in one answer."""

STATUS_OF = {
    ErrorCode.NOT_A_PARTICIPANT: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_MESSAGE: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

View = Callable[..., HttpResponse]
T = TypeVar("T")


class NewConversation(msgspec.Struct, rename="camel"):
    """The body of ``POST /api/conversations/``."""

    participant_ids: list[Id]
    title: str = ""
    history_visible: bool = True


class ConversationChange(msgspec.Struct, rename="camel"):
    """The body of ``PATCH /api/conversations/12/``; what it does not name stays as it is."""

    title: str | UnsetType = UNSET
    history_visible: bool | UnsetType = UNSET


class NewParticipant(msgspec.Struct, rename="camel"):
    """The body of ``POST /api/conversations/12/participants/``."""

    user_id: Id


class ParticipantChange(msgspec.Struct, rename="camel"):
    """The body of ``PATCH /api/conversations/12/participants/9/``."""

    is_admin: bool


class PrivacyChoice(msgspec.Struct, rename="camel"):
    """The body of ``POST /api/privacy/``; what it does not name stays as it is."""

    shows_presence: bool | None = None
    shows_typing: bool | None = None


def api(view: View) -> View:
    """JSON for who is signed in; a refusal is ``{"code", "content"}`` with the right status."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                raise Refused(ErrorCode.SIGNED_OUT)
            return view(request, *args, **kwargs)
        except Refused as refused:
            return _refusal(refused.code, refused.sentence)
        except DatabaseError:
            logger.exception("the database is unavailable")
            return _refusal(ErrorCode.UNAVAILABLE, SENTENCES[ErrorCode.UNAVAILABLE])

    return wrapped


def _refusal(code: ErrorCode, sentence: str) -> JsonResponse:
    status = STATUS_OF.get(code, HTTPStatus.BAD_REQUEST)
    return JsonResponse({"code": code, "content": sentence}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An unsafe request without its token: in JSON to the API, as a page to all others."""
    if not request.path.startswith("/api/"):
        return django_csrf_failure(request, reason)
    return _refusal(ErrorCode.NOT_ALLOWED, "The CSRF token is missing or wrong. Reload the page.")


def _body(request: HttpRequest, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(ErrorCode.INVALID_FRAME, str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused(ErrorCode.INVALID_JSON) from None


def _number(text: str, *, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refused(ErrorCode.INVALID_FRAME, f"{name} is not a number.")
    return int(text)


@login_required
@ensure_csrf_cookie
@require_GET
def chat(request: HttpRequest, conversation_id: int | None = None) -> HttpResponse:
    """The chat page, with all it needs for its first paint."""
    user_id = _user_id(request)
    choice = presence_selectors.get_choice(user_id, now=timezone.now())
    bootstrap = {
        "userId": user_id,
        "name": name_of(request.user),
        "chosenStatus": choice.status,
        "chosenUntil": choice.until and rfc3339(choice.until),
        "privacy": msgspec.to_builtins(presence_selectors.get_privacy(user_id)),
        "conversations": selectors.conversations_of(user_id),
        "conversationId": conversation_id,
        "maxContent": MAX_CONTENT,
        "mediaMaxBytes": settings.MEDIA_MAX_BYTES,
        "typingTimeout": settings.TYPING_TIMEOUT,
        "heartbeatInterval": settings.HEARTBEAT_INTERVAL,
        "catchupLimit": settings.CATCHUP_LIMIT,
    }
    return render(request, "conversations/chat.html", {"bootstrap": bootstrap})


@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in to it."""
    form: UserCreationForm[Any] = UserCreationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "registration/signup.html", {"form": form})


@require_http_methods(["GET", "POST"])
@api
def conversations(request: HttpRequest) -> HttpResponse:
    """The user's conversations; or a new one."""
    user_id = _user_id(request)
    if request.method == "GET":
        return JsonResponse({"conversations": selectors.conversations_of(user_id)})
    asked = _body(request, NewConversation)
    started, created = services.create_conversation(
        creator_id=user_id,
        participant_ids=asked.participant_ids,
        title=_title(asked.title),
        history_visible=asked.history_visible,
        now=datetime.now(UTC),
    )
    shape = _shape(request, started.pk)
    return JsonResponse(shape, status=HTTPStatus.CREATED if created else HTTPStatus.OK)


def _title(text: str) -> str:
    title = text.strip()
    if len(title) > MAX_TITLE or "\0" in title:
        raise Refused(ErrorCode.INVALID_FRAME, f"A title has at most {MAX_TITLE} characters.")
    return title


@require_http_methods(["GET", "PATCH"])
@api
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """One of the user's conversations; or a group is changed."""
    if request.method == "PATCH":
        asked = _body(request, ConversationChange)
        services.change_conversation(
            conversation_id=conversation_id,
            actor_id=_user_id(request),
            title=None if asked.title is UNSET else _title(asked.title),
            history_visible=None if asked.history_visible is UNSET else asked.history_visible,
        )
    return JsonResponse(_shape(request, conversation_id))


def _shape(request: HttpRequest, conversation_id: int) -> dict[str, Any]:
    found = selectors.conversations_of(_user_id(request), only=conversation_id)
    if not found:
        raise Refused(ErrorCode.NOT_A_PARTICIPANT)
    return found[0]


@require_GET
@api
def messages(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A page of the conversation's messages, newest first."""
    place = selectors.require_participant(
        conversation_id=conversation_id, user_id=_user_id(request)
    )
    asked = {
        name: request.GET[name] for name in ("before", "after", "around") if name in request.GET
    }
    if len(asked) > 1:
        raise Refused(ErrorCode.INVALID_FRAME, "A page is before, after or around something.")
    limit = _number(request.GET.get("limit", "50"), name="limit")
    page = _page(
        place,
        {name: _number(text, name=name) for name, text in asked.items()},
        limit=max(1, min(limit, PAGE_LIMIT)),
    )
    return JsonResponse(page.as_json())


def _page(place: Participant, asked: dict[str, int], *, limit: int) -> history.Page:
    if "around" in asked:
        return history.page_around(place, message_id=asked["around"], limit=limit)
    if "after" in asked:
        return history.page_after(place, after=asked["after"], limit=limit)
    return history.page_before(place, before=asked.get("before"), limit=limit)


@require_GET
@api
def message(request: HttpRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """One message."""
    place = selectors.require_participant(
        conversation_id=conversation_id, user_id=_user_id(request)
    )
    found = history.require_message(place, message_id)
    return JsonResponse(to_event(message_event(found)))


@require_POST
@api
def participants(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Add somebody."""
    user_id = _user_id(request)
    services.add_participant(
        conversation_id=conversation_id,
        actor_id=user_id,
        user_id=_body(request, NewParticipant).user_id,
        now=datetime.now(UTC),
    )
    shape = _shape(request, conversation_id)
    return JsonResponse(shape, status=HTTPStatus.CREATED)


@require_http_methods(["DELETE", "PATCH"])
@api
def participant(request: HttpRequest, conversation_id: int, user_id: int) -> HttpResponse:
    """Remove somebody, or leave; or make somebody an admin, or no longer."""
    if request.method == "DELETE":
        services.remove_participant(
            conversation_id=conversation_id, actor_id=_user_id(request), user_id=user_id
        )
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    services.set_admin(
        conversation_id=conversation_id,
        actor_id=_user_id(request),
        user_id=user_id,
        is_admin=_body(request, ParticipantChange).is_admin,
    )
    return JsonResponse(_shape(request, conversation_id))


@require_GET
@api
def presences(request: HttpRequest) -> HttpResponse:
    """The presence of those among ``users`` that the user shares a conversation with."""
    asked = [part for part in request.GET.get("users", "").split(",") if part]
    ids = {_number(part, name="users") for part in asked}
    if len(ids) > MAX_ASKED:
        raise Refused(ErrorCode.INVALID_FRAME, f"Ask about {MAX_ASKED} people at once at most.")
    now = timezone.now()
    rows = selectors.presences_visible(viewer_id=_user_id(request), user_ids=ids)
    return JsonResponse({"presences": [_presence_json(row, now) for row in rows]})


def _presence_json(row: UserPresence, now: datetime) -> dict[str, Any]:
    shape = {"senderId": row.user_id, "presenceStatus": row.status}
    if row.is_hidden:
        return shape
    seen = {"timestamp": rfc3339(row.last_seen), "lastSeenDisplay": row.last_seen_display(now)}
    return {**shape, **seen}


@require_http_methods(["GET", "POST"])
@api
def privacy(request: HttpRequest) -> HttpResponse:
    """What the user shows of themselves; or from now on."""
    user_id = _user_id(request)
    if request.method == "GET":
        chosen = presence_selectors.get_privacy(user_id)
    else:
        asked = _body(request, PrivacyChoice)
        chosen = presence_services.choose_privacy(
            user_id=user_id,
            shows_presence=asked.shows_presence,
            shows_typing=asked.shows_typing,
            now=datetime.now(UTC),
        )
    return JsonResponse(msgspec.to_builtins(chosen))


@require_GET
@api
def people(request: HttpRequest) -> HttpResponse:
    """People to start a conversation with."""
    text = request.GET.get("q", "").strip().replace("\0", "")
    found = selectors.search_people(viewer_id=_user_id(request), text=text)
    return JsonResponse({"people": found})


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: database and channel layer answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        layer = get_channel_layer()
        assert layer is not None, "CHANNEL_LAYERS has no default"
        async_to_sync(layer.group_send)("health", {"type": "stream.events", "events": []})
    except Exception:
        # Whatever is broken, the answer is the same: do not send people here.
        logger.exception("not healthy")
        return JsonResponse({"status": "unavailable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _user_id(request: HttpRequest) -> int:
    assert request.user.pk is not None, "the view is for who is signed in"
    return int(request.user.pk)
