"""Closing the sockets of a session when it ends, without its models."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.http import parse_cookie

from chatsite.realtime.controls import Kicked, SessionRevoked
from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import signal_sync


def session_digest(session_key: str) -> str:
    """A name of the session that is no secret, unlike its key."""
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
    """Close the user's sockets of ``session_key`` in every process; without one, those whose
    session is no longer valid. Call it after the commit."""
    digest = session_digest(session_key) if session_key else None
    signal_sync(user_group(user_id), SessionRevoked(session=digest))


def kick(*, user_id: int) -> None:
    """Close all of the user's sockets in every process. Call it after the commit."""
    signal_sync(user_group(user_id), Kicked())
