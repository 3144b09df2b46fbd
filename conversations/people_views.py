"""The HTTP API of people: how they appear, what they show of themselves, and how they are found."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from msgspec import UNSET

from chatsite.realtime import clock
from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.wire import PresenceStatus, rfc3339
from conversations import directory, selectors, services
from conversations.api import answer, api, body_of, number_of, user_id_of
from conversations.shapes import People, Presence, Presences, PrivacyChoice
from presence import selectors as presence_selectors
from presence.models import UserPresence
from presence.outbound import own_status
from presence.policy import last_seen_display

MAX_ASKED = 500
"""People whose presence is told in one answer."""


@api("GET")
def presences(request: HttpRequest) -> HttpResponse:
    """The presence of those among ``users`` that the user shares a conversation with."""
    asked = [part for part in request.GET.get("users", "").split(",") if part]
    ids = {number_of(part, name="users") for part in asked}
    if len(ids) > MAX_ASKED:
        raise Refused(ErrorCode.INVALID_FRAME, f"Ask about {MAX_ASKED} people at once at most.")
    now = clock.now()
    viewer_id = user_id_of(request)
    rows = selectors.presences_visible(viewer_id=viewer_id, user_ids=ids)
    return answer(Presences(presences=[_presence(row, viewer_id, now) for row in rows]))


def _presence(row: UserPresence, viewer_id: int, now: datetime) -> Presence:
    is_own = row.user_id == viewer_id
    status = own_status(row) if is_own else PresenceStatus(row.status)
    return Presence(
        sender_id=row.user_id,
        presence_status=status,
        timestamp=rfc3339(row.last_seen),
        last_seen_display=last_seen_display(status=status, last_seen=row.last_seen, now=now),
    )


@api("GET", "POST")
def privacy(request: HttpRequest) -> HttpResponse:
    """What the user shows of themselves; or from now on."""
    user_id = user_id_of(request)
    if request.method == "GET":
        chosen = presence_selectors.get_privacy(user_id)
    else:
        asked = body_of(request, PrivacyChoice)
        chosen = services.choose_privacy(
            user_id=user_id,
            shows_presence=None if asked.shows_presence is UNSET else asked.shows_presence,
            shows_typing=None if asked.shows_typing is UNSET else asked.shows_typing,
            shows_receipts=None if asked.shows_receipts is UNSET else asked.shows_receipts,
            now=clock.now(),
        )
    return answer(chosen)


@api("GET")
def people(request: HttpRequest) -> HttpResponse:
    """People to start a conversation with."""
    text = request.GET.get("q", "").strip().replace("\0", "")
    found = directory.search_people(viewer_id=user_id_of(request), text=text)
    return answer(People(people=found))
