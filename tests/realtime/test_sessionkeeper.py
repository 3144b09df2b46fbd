"""Whether sessions still hold, wherever they are kept, and the keeper who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from chatsite.realtime.database import in_database
from chatsite.realtime.identity import Claim, auth_hash_of, do_claims_hold, users_signed_in
from chatsite.realtime.sessionkeeper import BATCH_SIZE, SessionKeeper

ROWS = ["db", "cached_db"]
"""Where a session is a row."""

ELSEWHERE = ["cache", "file", "signed_cookies"]


@pytest.fixture(params=ROWS)
def backend(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> str:
    """Where sessions are kept."""
    name: str = request.param
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{name}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    cache.clear()
    return name


def signs_in(name: str) -> Claim:
    """Somebody new, in a session of their own: by what their connection is let in."""
    user = User.objects.create(username=name, password="one")
    session = import_module(configured.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = configured.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert users_signed_in([session.session_key]) == [user]
    return Claim(user.pk, session.session_key, auth_hash_of(user))


def who_holds(*claims: Claim) -> list[bool]:
    """Whether each of the claims holds now."""
    return do_claims_hold(claims, now=datetime.now(UTC))


@pytest.mark.django_db
@pytest.mark.parametrize("backend", [*ROWS, *ELSEWHERE], indirect=True)
def test_accounts_are_looked_at_wherever_sessions_are_kept(backend: str) -> None:
    alice, bob, carol, dave = map(signs_in, ("alice", "bob", "carol", "dave"))
    assert who_holds(alice, bob, carol, dave) == [True] * 4
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    User.objects.filter(pk=bob.user_id).update(password="two")
    User.objects.filter(pk=carol.user_id).delete()
    assert who_holds(alice, bob, carol, dave) == [False, False, False, True]
    assert who_holds(dave, dave) == [True, True]


@pytest.mark.django_db
@pytest.mark.usefixtures("backend")
def test_a_session_that_is_a_row_ends_with_it() -> None:
    alice, bob, carol = map(signs_in, ("alice", "bob", "carol"))
    Session.objects.filter(pk=alice.session_key).delete()
    Session.objects.filter(pk=bob.session_key).update(expire_date=datetime.now(UTC))
    assert who_holds(alice, bob, carol) == [False, False, True]
    keys = [claim.session_key for claim in (alice, bob, carol)]
    signed_in = [user is not None for user in users_signed_in(keys)]
    assert signed_in == [False, False, True], "who is let in would be shown out again"


@pytest.mark.django_db
@pytest.mark.usefixtures("backend")
def test_a_look_at_a_full_batch_is_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice = signs_in("alice")
    others = [Claim(-number, f"none-{number}", 0) for number in range(1, BATCH_SIZE)]
    with django_assert_num_queries(2):
        assert who_holds(alice, *others) == [True] + [False] * (BATCH_SIZE - 1)


class Seat:
    """A connection, as far as the keeper knows one."""

    def __init__(self, claim: Claim | None) -> None:
        self._claim = claim
        self.ended = asyncio.Event()

    def claim(self) -> Claim | None:
        """By what it was let in."""
        return None if self.ended.is_set() else self._claim

    def knows(self, claim: Claim) -> None:
        """By what it was let in shows only now."""
        self._claim = claim

    def sign_out(self) -> None:
        """End it."""
        assert not self.ended.is_set(), "it is ended once"
        self.ended.set()


Sits = Callable[[Claim | None], Seat]


@pytest.fixture
async def sits(transactional_db: None, settings: Settings) -> AsyncIterator[Sits]:
    """The way to sit down before a keeper in a hurry: ``sits(claim)``. All stand up in the end."""
    settings.PRESENCE_LEASE_INTERVAL = 0.02
    keeper = SessionKeeper()
    seats: list[Seat] = []

    def sits(claim: Claim | None) -> Seat:
        seats.append(Seat(claim))
        keeper.add(seats[-1])
        return seats[-1]

    yield sits
    for seat in seats:
        keeper.remove(seat)
    # Behind a look that is under way.
    await in_database(signs_in, "the last")


async def all_end(seats: Iterable[Seat]) -> None:
    """All of them are ended, soon."""
    async with asyncio.timeout(5):
        await asyncio.gather(*(seat.ended.wait() for seat in seats))


async def deactivate(*claims: Claim) -> None:
    """Without a signal."""
    users = User.objects.filter(pk__in=[claim.user_id for claim in claims])
    await in_database(users.update, is_active=False)


async def test_whose_claim_holds_no_longer_is_ended_and_nobody_else(sits: Sits) -> None:
    alice, bob = [await in_database(signs_in, name) for name in ("alice", "bob")]
    not_yet, his = sits(None), sits(bob)
    hers = [sits(alice) for _ in range(BATCH_SIZE + 1)]
    await deactivate(alice)
    await all_end(hers)
    assert not his.ended.is_set()
    await deactivate(bob)
    await all_end([his])
    assert not not_yet.ended.is_set()


async def test_who_is_known_only_later_is_ended_by_then(sits: Sits) -> None:
    alice, bob = [await in_database(signs_in, name) for name in ("alice", "bob")]
    await deactivate(alice, bob)
    hers = sits(None)
    await all_end([sits(bob)])
    hers.knows(alice)
    await all_end([hers])


def _rename(table: str, to: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{to}"')


async def test_while_the_database_is_away_nobody_is_ended(
    sits: Sits, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = [await in_database(signs_in, name) for name in ("alice", "bob")]
    table = Session._meta.db_table
    await in_database(_rename, table, "away")
    try:
        await deactivate(alice)
        hers, his = sits(alice), sits(bob)
        async with asyncio.timeout(5):
            while caplog.text.count("sessions could not be looked at") < 2:
                await asyncio.sleep(0.01)
        assert not hers.ended.is_set()
    finally:
        await in_database(_rename, "away", table)
    await all_end([hers])
    assert not his.ended.is_set()
