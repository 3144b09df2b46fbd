"""Whose session it is: asked for many connections at once, since a restart brings everybody.

And, time and again, whether it still is: of all that are connected.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from chatsite.realtime import clock
from chatsite.realtime.gathering import gathered
from chatsite.realtime.idset import id_set

BATCH_SIZE = 100
"""Sessions that are looked at in one database hop."""


class Claim(NamedTuple):
    """By what a connection was let in."""

    user_id: int
    session_key: str
    auth_hash: int
    """As ``auth_hash_of`` said when the session was compared with it."""


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


def auth_hash_of(user: AbstractBaseUser) -> int:
    """What is another with another password. It is small, and of this process alone."""
    return hash(user.get_session_auth_hash())


def do_claims_hold(claims: Sequence[Claim], *, now: datetime) -> list[bool]:
    """Whether each claim still holds, by two queries that change nothing.

    The account must be active and have the same password. The session must be there and not
    expired, where sessions are rows; what is in one stays the same for as long as its key does.
    """
    ids = id_set({claim.user_id for claim in claims})
    users = get_user_model()._default_manager.filter(pk__in=ids)
    hashes = {user.pk: auth_hash_of(user) for user in users if user.is_active}
    keys = {claim.session_key for claim in claims}
    rows = _rows(keys, now=now)
    if rows is not None:
        keys = set(rows.values_list("session_key", flat=True))
    return [
        claim.session_key in keys and hashes.get(claim.user_id) == claim.auth_hash
        for claim in claims
    ]


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
    engine = _engine()
    stores: list[SessionBase] = [engine(key) for key in session_keys]
    rows = _rows(session_keys, now=clock.now())
    if rows is not None:
        data = dict(rows.values_list("session_key", "session_data"))
        for key, store in zip(session_keys, stores, strict=True):
            # Where a session keeps what it has read.
            vars(store)["_session_cache"] = store.decode(data[key]) if key in data else {}
    return stores


def _rows(session_keys: Collection[str], *, now: datetime) -> QuerySet[Any] | None:
    """The rows of the sessions that are there and have not expired; ``None`` where sessions are
    no rows. A cache before them is passed by: it knows nothing of what SQL removed."""
    engine = _engine()
    if not issubclass(engine, DatabaseStore):
        return None
    sessions: QuerySet[Any] = engine.get_model_class().objects.all()
    return sessions.filter(session_key__in=session_keys, expire_date__gt=now)


def _engine() -> type[SessionBase]:
    engine: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return engine


user_named_in = gathered(users_named_in, limit=BATCH_SIZE)
"""``users_named_in`` of one session, along with all that are asked for at the moment."""

user_signed_in = gathered(users_signed_in, limit=BATCH_SIZE)
"""``users_signed_in`` of one session, along with all that are asked for at the moment."""
