"""Pages and the HTTP API: requests to services, and nothing else."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods
from msgspec import UNSET
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chatsite.passwords import SignUpForm
from chatsite.realtime import clock
from chatsite.realtime.bidi import plain_name
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from chatsite.realtime.wire import rfc3339, to_event
from chatsite.unavailable import RETRY_AFTER
from conversations import directory, health, history, listing, selectors, services
from conversations.api import answer, api, body_of, number_of, user_id_of
from conversations.inbound import MAX_CONTENT, require_no_nul
from conversations.invitations import invitations_of
from conversations.listquery import (
    first_conversations,
    list_conversations,
    list_participants,
    opened_conversation,
    participants_asked,
)
from conversations.models import Participant
from conversations.outagepages import marked_as_logged
from conversations.outbound import message_event, name_of
from conversations.policy import names_nothing
from conversations.shapes import (
    Conversation,
    ConversationChange,
    Health,
    Invited,
    NewConversation,
    NewParticipant,
    Page,
    ParticipantChange,
)
from presence import selectors as presence_selectors

logger = logging.getLogger(__name__)

PAGE_LIMIT = 100
MAX_TITLE = 120


@never_cache  # What the browser keeps of it may be another's by the time it is shown again.
@login_required
@ensure_csrf_cookie
@require_GET
def chat(request: HttpRequest, conversation_id: int | None = None) -> HttpResponse:
    """The chat page, with all it needs for its first paint. Of a conversation that is none, or not
    the user's, it says that it isn't here: both in the same words, in DEBUG too."""
    user_id = user_id_of(request)
    if conversation_id is not None:
        try:
            selectors.require_participant(conversation_id=conversation_id, user_id=user_id)
        except Refused:
            return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
    choice = presence_selectors.get_choice(user_id, now=clock.now())
    # Before the names that it is the version of.
    version = directory.people_version()
    first = first_conversations(user_id)
    bootstrap = {
        "userId": user_id,
        "name": name_of(request.user),
        "chosenStatus": choice.status,
        "chosenUntil": choice.until and rfc3339(choice.until),
        "privacy": msgspec.to_builtins(presence_selectors.get_privacy(user_id)),
        "peopleVersion": version,
        "invitations": msgspec.to_builtins(invitations_of(user_id)),
        "conversations": msgspec.to_builtins(first.conversations),
        "next": first.next,
        "openedConversation": msgspec.to_builtins(
            opened_conversation(user_id, conversation_id, first)
        ),
        "undelivered": selectors.undelivered_to(user_id),
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
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "registration/signup.html", {"form": form})


@api("GET", "POST")
def conversations(request: HttpRequest) -> HttpResponse:
    """The user's conversations, whole or in pages; or a new one."""
    user_id = user_id_of(request)
    if request.method == "GET":
        return answer(list_conversations(request.GET.dict(), user_id=user_id))
    few = _few(request)
    asked = body_of(request, NewConversation)
    started, created = services.create_conversation(
        creator_id=user_id,
        participant_ids=asked.participant_ids,
        title=_title(asked.title),
        history_visible=asked.history_visible,
        now=clock.now(),
    )
    shape = _shape(request, started.pk, few)
    return answer(shape, HTTPStatus.CREATED if created else HTTPStatus.OK)


def _title(text: str) -> str:
    require_no_nul(text)
    title = plain_name(text)
    if len(title) > MAX_TITLE:
        sentence = f"A title has at most {MAX_TITLE} characters."
        raise Refused(ErrorCode.INVALID_FRAME, sentence, reason=Reason.TITLE_TOO_LONG)
    return "" if names_nothing(title) else title


@api("GET", "PATCH")
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """One of the user's conversations; or a group is changed."""
    few = _few(request)
    if request.method == "PATCH":
        asked = body_of(request, ConversationChange)
        services.change_conversation(
            conversation_id=conversation_id,
            actor_id=user_id_of(request),
            title=None if asked.title is UNSET else _title(asked.title),
            history_visible=None if asked.history_visible is UNSET else asked.history_visible,
        )
    return answer(_shape(request, conversation_id, few))


def _few(request: HttpRequest) -> int | None:
    """How many participants the answer is to have. Looked at first: a request that is refused for
    it has changed nothing."""
    return participants_asked(request.GET.dict())


def _shape(request: HttpRequest, conversation_id: int, few: int | None) -> Conversation:
    user_id = user_id_of(request)
    found = listing.conversations_of(user_id, only=[conversation_id], participants=few)
    if not found:
        raise Refused(ErrorCode.NOT_A_PARTICIPANT)
    return found[0]


@api("GET")
def messages(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A page of the conversation's messages, newest first."""
    place = selectors.require_participant(
        conversation_id=conversation_id, user_id=user_id_of(request)
    )
    asked = {
        name: request.GET[name] for name in ("before", "after", "around") if name in request.GET
    }
    if len(asked) > 1:
        raise Refused(ErrorCode.INVALID_FRAME, "A page is before, after or around something.")
    limit = number_of(request.GET.get("limit", "50"), name="limit")
    page = _page(
        place,
        {name: number_of(text, name=name) for name, text in asked.items()},
        limit=max(1, min(limit, PAGE_LIMIT)),
    )
    return answer(page)


def _page(place: Participant, asked: dict[str, int], *, limit: int) -> Page:
    if "around" in asked:
        return history.page_around(place, message_id=asked["around"], limit=limit)
    if "after" in asked:
        return history.page_after(place, after=asked["after"], limit=limit)
    return history.page_before(place, before=asked.get("before"), limit=limit)


@api("GET")
def message(request: HttpRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """One message."""
    place = selectors.require_participant(
        conversation_id=conversation_id, user_id=user_id_of(request)
    )
    found = history.require_message(place, message_id)
    return answer(to_event(message_event(found)))


@api("GET", "POST")
def participants(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Those in a conversation, in pages; or somebody is added."""
    user_id = user_id_of(request)
    if request.method == "GET":
        place = selectors.require_participant(conversation_id=conversation_id, user_id=user_id)
        return answer(list_participants(request.GET.dict(), place=place))
    few = _few(request)
    new_id = body_of(request, NewParticipant).user_id
    is_in = services.add_participant(
        conversation_id=conversation_id, actor_id=user_id, user_id=new_id, now=clock.now()
    )
    if not is_in:
        return answer(Invited(invited_id=new_id), HTTPStatus.ACCEPTED)
    return answer(_shape(request, conversation_id, few), HTTPStatus.CREATED)


@api("DELETE", "PATCH")
def participant(request: HttpRequest, conversation_id: int, user_id: int) -> HttpResponse:
    """Remove somebody, or leave; or make somebody an admin, or no longer."""
    if request.method == "DELETE":
        services.remove_participant(
            conversation_id=conversation_id, actor_id=user_id_of(request), user_id=user_id
        )
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    few = _few(request)
    services.set_admin(
        conversation_id=conversation_id,
        actor_id=user_id_of(request),
        user_id=user_id,
        is_admin=body_of(request, ParticipantChange).is_admin,
    )
    return answer(_shape(request, conversation_id, few))


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: the database takes writes, and the layer takes events."""
    problems = health.problems()
    if problems:
        said = Health(status="unavailable", problems=problems)
        response = answer(said, HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = RETRY_AFTER
        return marked_as_logged(response)
    return answer(Health(status="ok"))


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
