"""Whose socket this is, and how it ends when that changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from chatsite.realtime.groups import user_group
from chatsite.realtime.publish import signal_sync

if TYPE_CHECKING:
    # Its import needs all apps loaded, and ours imports this while they are.
    from django.contrib.auth.base_user import AbstractBaseUser

REVOKED = "stream.revoked"
"""The layer message that makes sockets of a user look whether they may stay."""

KICKED = "stream.kicked"
"""The layer message that closes all sockets of a user; they may come again."""


def user_of_session(session_key: str | None) -> AbstractBaseUser | None:
    """The active user of a session, or ``None`` for no, an expired or a forged session.

    Django's own ``get_user`` compares the session's hash, so a changed password ends it.
    """
    if not session_key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(cast(HttpRequest, SimpleNamespace(session=store)))
    return cast("AbstractBaseUser", user) if user.is_authenticated and user.is_active else None


def session_digest(session_key: str) -> str:
    """A session's name that may be said aloud: the key itself is a secret."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def session_key_of(cookies: Mapping[str, Any]) -> str | None:
    """The session key among the cookies of a connection."""
    return cookies.get(settings.SESSION_COOKIE_NAME)


def revoke_sessions(*, user_id: int, session_key: str | None = None) -> None:
    """Close the user's sockets in every process: those of ``session_key``; without one, those
    whose session no longer holds. Call it after the commit."""
    digest = session_digest(session_key) if session_key else None
    signal_sync(user_group(user_id), {"type": REVOKED, "session": digest})


def kick(*, user_id: int) -> None:
    """Close all of the user's sockets in every process. Call it after the commit."""
    signal_sync(user_group(user_id), {"type": KICKED})
