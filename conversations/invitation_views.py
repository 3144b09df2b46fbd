"""The HTTP API of invitations: what the user is asked to come back to, and what they answer."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from chatsite.realtime import clock
from conversations import listing, services
from conversations.api import answer, api, user_id_of
from conversations.invitations import invitations_of
from conversations.listquery import participants_asked
from conversations.shapes import Invitations


@api("GET")
def invitations(request: HttpRequest) -> HttpResponse:
    """What the user is invited to."""
    return answer(Invitations(invitations=invitations_of(user_id_of(request))))


@api("POST", "DELETE")
def invitation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Come back to a conversation, or decline to."""
    user_id = user_id_of(request)
    if request.method == "DELETE":
        services.decline_invitation(
            conversation_id=conversation_id, user_id=user_id, now=clock.now()
        )
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    few = participants_asked(request.GET.dict())
    services.accept_invitation(conversation_id=conversation_id, user_id=user_id, now=clock.now())
    [shape] = listing.conversations_of(user_id, only=[conversation_id], participants=few)
    return answer(shape, HTTPStatus.CREATED)
