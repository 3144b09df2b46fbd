"""Whose session it is: asked for many connections at once, since a restart brings everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from chatsite.realtime.gathering import gathered

BATCH_SIZE = 100
"""Sessions that are looked at in one database hop."""


def users_named_in(session_keys: Sequence[str]) -> list[int | None]:
    """The id of the user whom each session names; ``None`` for an expired or a forged session.

    Whether that user may come in is yet to be asked: ``users_signed_in``.
    """
    return [_user_named_in(store) for store in _stores(session_keys)]


def users_signed_in(session_keys: Sequence[str]) -> list[AbstractBaseUser | None]:
    """The active user of each session, or ``None`` where there is none, or no longer.

    Django's own ``get_user`` compares the session's hash, so a changed password ends it.
    """
    return [_user_signed_in(store) for store in _stores(session_keys)]


def _user_named_in(store: SessionBase) -> int | None:
    try:
        user_id: int = get_user_model()._meta.pk.to_python(store[SESSION_KEY])
    except (KeyError, ValidationError):
        return None
    return user_id


def _user_signed_in(store: SessionBase) -> AbstractBaseUser | None:
    user = get_user(cast(HttpRequest, SimpleNamespace(session=store)))
    return cast("AbstractBaseUser", user) if user.is_authenticated and user.is_active else None


def _stores(session_keys: Sequence[str]) -> list[SessionBase]:
    """The sessions, read with one query where they are in the database."""
    engine = import_module(settings.SESSION_ENGINE).SessionStore
    stores: list[SessionBase] = [engine(key) for key in session_keys]
    if engine is DatabaseStore:
        rows = Session.objects.filter(
            session_key__in=session_keys, expire_date__gt=datetime.now(UTC)
        )
        data = dict(rows.values_list("session_key", "session_data"))
        for key, store in zip(session_keys, stores, strict=True):
            # Where a session keeps what it has read.
            vars(store)["_session_cache"] = store.decode(data[key]) if key in data else {}
    return stores


user_named_in = gathered(users_named_in, limit=BATCH_SIZE)
"""``users_named_in`` of one session, along with all that are asked for at the moment."""

user_signed_in = gathered(users_signed_in, limit=BATCH_SIZE)
"""``users_signed_in`` of one session, along with all that are asked for at the moment."""
