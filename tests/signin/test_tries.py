"""How many passwords may be tried, and by whom."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as site_settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from pytest_django.fixtures import Settings

from chatsite.addresses import address_of
from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.publish import publish_sync
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from chatsite.signin import counters, known
from chatsite.signin.tries import EVERYWHERE, MINUTE, SPELL, Tries
from tests.services import free_port, redis_server

NOW = 1_000_000 * SPELL + 10.0
OPERATING = Path(site_settings.BASE_DIR) / "docs" / "operating.md"
HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small ones, and nothing counted yet."""
    settings.PASSWORD_TRIES_PER_ADDRESS = 5
    settings.PASSWORD_TRIES_PER_ACCOUNT = 2
    for name in ("_pause", "_line"):
        monkeypatch.setattr(counters, name, type(getattr(counters, name))())
    yield
    for cache in caches.all():
        if isinstance(cache, LocMemCache):
            cache.clear()


def wrong(account: str, address: str, *, times: int, now: float = NOW) -> None:
    """Wrong passwords were tried."""
    for _ in range(times):
        Tries(address=address, account=account).was_wrong(now=now)


def test_an_address_has_so_many_tries_a_minute_right_ones_too() -> None:
    def wait(address: str, now: float) -> float:
        tries = Tries(address=address, account="")
        waited = tries.wait(now=now)
        tries.was_right()
        return waited

    assert [wait(HERE, NOW) for _ in range(5)] == [0] * 5
    assert wait(HERE, NOW) == MINUTE - 10
    assert wait(THERE, NOW) == 0
    assert wait(HERE, NOW + MINUTE) == 0


def test_without_an_address_there_is_none_to_count_for() -> None:
    assert [Tries(address="", account="").wait(now=NOW) for _ in range(9)] == [0] * 9


def test_who_guesses_from_one_place_is_stopped_and_the_owner_elsewhere_is_not() -> None:
    wrong("alice", HERE, times=1)
    assert Tries(address=HERE, account="alice").wait(now=NOW) == 0
    wrong("alice", HERE, times=1)
    assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10
    assert Tries(address=HERE, account="bob").wait(now=NOW) == 0
    assert Tries(address=THERE, account="alice").wait(now=NOW) == 0
    assert Tries(address=HERE, account="alice").wait(now=NOW + SPELL) == 0


def test_guesses_from_many_places_are_stopped_but_not_where_the_owner_has_been(
    settings: Settings,
) -> None:
    settings.PASSWORD_TRIES_PER_ADDRESS = EVERYWHERE + 1
    Tries(address=HERE, account="alice").was_right()
    for place in range(EVERYWHERE):
        assert Tries(address=THERE, account="alice").wait(now=NOW) == 0
        wrong("alice", f"198.51.100.{place}", times=2)
    assert Tries(address=THERE, account="alice").wait(now=NOW) == SPELL - 10
    assert Tries(address=HERE, account="alice").wait(now=NOW) == 0


def test_all_processes_count_together_in_redis_and_apart_without_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server() as url:
        backend = "django.core.cache.backends.redis.RedisCache"
        shared = {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": "chatsite"}
        settings.CACHES = {"default": shared, "process": settings.CACHES["process"]}
        wrong("alice", HERE, times=2)
        known.remember(HERE)
        # What this process alone knows is nothing.
        caches["process"].clear()
        assert known.is_known(HERE)
        assert not known.is_known(THERE)
        keys = caches["default"]._cache.get_client().keys()  # type: ignore[attr-defined]
        assert keys
        assert all(key.startswith(b"chatsite:") for key in keys)
        assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10
    # Redis is gone: nobody is kept out, and what is said of it is said once.
    assert Tries(address=HERE, account="alice").wait(now=NOW) == 0
    wrong("alice", HERE, times=2)
    assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10
    assert len(caplog.records) == 1


def test_of_a_redis_that_is_away_there_is_one_line_and_one_when_it_is_back(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Though a sign-in is what finds out."""
    port = free_port()
    backend = "django.core.cache.backends.redis.RedisCache"
    shared = {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{port}", "KEY_PREFIX": "chatsite"}
    settings.CACHES = {"default": shared, "process": settings.CACHES["process"]}
    hosts = {"hosts": [host_from(f"redis://127.0.0.1:{port}")]}
    layer = {"BACKEND": "chatsite.realtime.layers.redis.layer.RedisLayer", "CONFIG": hosts}
    settings.CHANNEL_LAYERS = {"default": layer}
    wrong("alice", HERE, times=2)
    assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10
    publish_sync("conversation.1", ChatStreamMessage(type=ChatMessageType.CONVERSATION))
    [away] = caplog.messages
    assert f"Redis at redis://127.0.0.1:{port} is away" in away
    with redis_server(port):
        deadline = time.monotonic() + 20
        while len(caplog.messages) == 1:
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
    assert "is back" in caplog.messages[1]


@pytest.fixture
def redis_of_a_user(settings: Settings) -> Iterator[redis.Redis]:
    """A Redis, of which the site is a user that it has not made yet; as its administrator."""
    with redis_server() as url:
        backend = "django.core.cache.backends.redis.RedisCache"
        location = url.replace("redis://", "redis://chat:password@")
        shared = {"BACKEND": backend, "LOCATION": location, "KEY_PREFIX": "chatsite"}
        settings.CACHES = {"default": shared, "process": settings.CACHES["process"]}
        with redis.Redis.from_url(url) as administrator:
            yield administrator


def test_the_rights_that_are_documented_suffice(redis_of_a_user: redis.Redis) -> None:
    rule = re.search(r"^ACL SETUSER chat .*$", OPERATING.read_text(), re.MULTILINE)
    assert rule
    administrator: Any = redis_of_a_user
    administrator.execute_command(*rule[0].split())
    wrong("alice", HERE, times=2)
    assert len(redis_of_a_user.keys()) == 2
    assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10


def test_without_a_right_to_keys_each_process_counts_by_itself(
    redis_of_a_user: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    administrator: Any = redis_of_a_user
    administrator.execute_command(
        *["ACL", "SETUSER", "chat", "on", ">password", "+@all", "resetkeys"]
    )
    wrong("alice", HERE, times=2)
    assert Tries(address=HERE, account="alice").wait(now=NOW) == SPELL - 10
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.7", 4711), "192.0.2.7"),
        (("::ffff:192.0.2.7", 4711), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 4711), "2001:db8:1:2::/64"),
        (("testclient", 4711), "testclient"),
        (("", 0), ""),
        ((None,), ""),
        (None, ""),
    ],
)
def test_an_address_is_that_of_one_household(client: tuple[object] | None, address: str) -> None:
    assert address_of(client) == address
