"""How the sockets of a session end when it does. Its models are not needed for that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.http import parse_cookie

from chatsite.realtime.controls import Kicked, SessionRevoked
from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import signal_sync


def session_digest(session_key: str) -> str:
    """A session's name that may be said aloud: the key itself is a secret."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def session_key_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The session key among the cookies of a connection."""
    for name, value in headers:
        if name == b"cookie":
            key: str | None = parse_cookie(value.decode("latin-1")).get(
                settings.SESSION_COOKIE_NAME
            )
            return key
    return None


def revoke_sessions(*, user_id: int, session_key: str | None = None) -> None:
    """Close the user's sockets in every process: those of ``session_key``; without one, those
    whose session no longer holds. Call it after the commit."""
    digest = session_digest(session_key) if session_key else None
    signal_sync(user_group(user_id), SessionRevoked(session=digest))


def kick(*, user_id: int) -> None:
    """Close all of the user's sockets in every process. Call it after the commit."""
    signal_sync(user_group(user_id), Kicked())
