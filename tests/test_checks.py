"""Settings that contradict each other are said at start, each with an id and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django.fixtures import Settings

from chatsite import checks, layerchecks
from conversations.inbound import MAX_CLIENT_ID, MAX_CONTENT
from presence.policy import gone_within

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"


@pytest.fixture
def database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set keys of the database's settings, without another database."""

    def set_keys(**keys: object) -> None:
        for key, value in keys.items():
            monkeypatch.setitem(settings.DATABASES["default"], key, value)

    return set_keys


def ids(messages: Iterable[CheckMessage]) -> list[str | None]:
    """The ids, each of a message that says what to do."""
    messages = list(messages)
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_the_settings_as_they_are_have_nothing_to_be_said_of() -> None:
    assert ids(run_checks()) == []


@pytest.mark.parametrize("name", checks.DURATIONS)
def test_a_duration_is_more_than_nothing(settings: Settings, name: str) -> None:
    setattr(settings, name, 0.0)
    assert "chatsite.E001" in ids(checks.check_durations())


def test_the_longest_message_fits_into_a_frame(settings: Settings) -> None:
    # As large as its JSON may be, and what else the frame of a message says.
    content = "\x01" * MAX_CONTENT
    ids_in_it = {"conversationId": 2**63 - 1, "replyToMessageId": 2**63 - 1}
    frame = {"type": "message", "clientMessageId": "a" * MAX_CLIENT_ID, "content": content}
    longest = len(json.dumps({**frame, **ids_in_it, "mediaUrl": "m" * 100}))
    assert longest <= checks.LONGEST_MESSAGE
    settings.STREAM_MAX_FRAME = checks.LONGEST_MESSAGE
    assert ids(checks.check_frame_size()) == []
    settings.STREAM_MAX_FRAME = checks.LONGEST_MESSAGE - 1
    assert ids(checks.check_frame_size()) == ["chatsite.E012"]


@pytest.mark.parametrize("name", checks.LIMITS)
def test_a_limit_of_nothing_would_refuse_everything(settings: Settings, name: str) -> None:
    setattr(settings, name, 0)
    assert ids(checks.check_limits()) == ["chatsite.E001"]


@pytest.mark.parametrize(
    ("grace", "said"),
    [(0.0, []), (119.0, []), (-1.0, ["chatsite.E002"]), (120.0, ["chatsite.E002"])],
)
def test_a_grace_ends_before_the_timeout(settings: Settings, grace: float, said: list[str]) -> None:
    settings.PRESENCE_GRACE = grace
    assert ids(checks.check_durations()) == said


@pytest.mark.parametrize("name", ["HEARTBEAT_INTERVAL", "PRESENCE_LEASE_INTERVAL"])
@pytest.mark.parametrize(("interval", "said"), [(40.0, []), (41.0, ["chatsite.E003"])])
def test_a_timeout_outlasts_three_signs_of_life(
    settings: Settings, name: str, interval: float, said: list[str]
) -> None:
    setattr(settings, name, interval)
    assert ids(checks.check_durations()) == said


def test_people_of_a_killed_process_are_gone_within_45_seconds_by_default() -> None:
    # A beat, three that are missed, the slack, and the next look, with time to settle many.
    assert gone_within() == timedelta(seconds=3 * 10 + 5 + 5 + 3)
    assert gone_within() <= timedelta(seconds=45)


@pytest.mark.parametrize(
    ("lease", "sweep", "said"),
    [
        (10.0, 22.0, []),
        (10.0, 22.5, ["chatsite.W017"]),
        (15.0, 7.0, []),
        (15.5, 7.0, ["chatsite.W017"]),
    ],
)
def test_settings_with_which_they_stay_for_longer_than_a_minute_are_warned_of(
    settings: Settings, lease: float, sweep: float, said: list[str]
) -> None:
    settings.PRESENCE_LEASE_INTERVAL, settings.PRESENCE_SWEEP_INTERVAL = lease, sweep
    assert ids(checks.check_crashes()) == said


@pytest.mark.parametrize("path", ["", "nowhere", "no.such.function", "chatsite.checks.LIMITS"])
def test_the_audience_is_a_function(settings: Settings, path: str) -> None:
    settings.PRESENCE_AUDIENCE = path
    assert ids(checks.check_presence_audience()) == ["chatsite.E004"]


@pytest.mark.parametrize(
    ("workers", "urls", "said"),
    [
        ("1", [], []),
        ("", [], []),
        ("2", [], ["chatsite.E005"]),
        ("2", ["redis://here"], []),
    ],
)
def test_several_processes_need_redis(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    database: Callable[..., None],
    workers: str,
    urls: list[str],
    said: list[str],
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    database(ENGINE=POSTGRESQL)
    settings.REDIS_URL = urls
    assert ids(checks.check_processes()) == said


def test_several_processes_on_one_sqlite_file_are_warned_of(
    settings: Settings, database: Callable[..., None]
) -> None:
    database(ENGINE=SQLITE)
    settings.REDIS_URL = ["redis://here"]
    assert ids(checks.check_processes()) == ["chatsite.W006"]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({"address": "redis://here", "socket_timeout": None}, []),
        ({"address": "redis://here"}, ["chatsite.E007"]),
        ({"address": "redis://here", "socket_timeout": 5}, ["chatsite.E007"]),
        ("redis://here", ["chatsite.E007"]),
        (("here", 6379), ["chatsite.E007"]),
    ],
)
def test_a_silent_subscription_is_no_failure(
    settings: Settings, host: object, said: list[str]
) -> None:
    settings.CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": [host]}}}
    assert ids(checks.check_redis_hosts()) == said


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("chatsite.realtime.layers.memory.MemoryLayer", []),
        ("chatsite.realtime.layers.redis.layer.RedisLayer", []),
        ("channels.layers.InMemoryChannelLayer", ["chatsite.W019"]),
        ("channels_redis.pubsub.RedisPubSubChannelLayer", ["chatsite.W019"]),
        ("nothing.at.all", ["chatsite.E018"]),
        ("", ["chatsite.E018"]),
    ],
)
def test_a_channel_layer_that_can_not_do_everything_is_warned_of(
    settings: Settings, backend: str, said: list[str]
) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}
    assert ids(layerchecks.check_channel_layer()) == said


@pytest.mark.parametrize(
    ("engine", "threads", "said"),
    [(SQLITE, 1, []), (SQLITE, 2, ["chatsite.W008"]), (POSTGRESQL, 8, [])],
)
def test_sqlite_is_written_by_one_thread(
    settings: Settings,
    database: Callable[..., None],
    engine: str,
    threads: int,
    said: list[str],
) -> None:
    database(ENGINE=engine)
    settings.DATABASE_THREADS = threads
    assert ids(checks.check_database()) == said


@pytest.mark.parametrize("age", [60, None])
def test_connections_are_kept_by_the_pool_alone(
    database: Callable[..., None], age: int | None
) -> None:
    database(ENGINE=POSTGRESQL, CONN_MAX_AGE=age)
    assert ids(checks.check_database()) == ["chatsite.E009"]


@pytest.mark.parametrize(
    ("debug", "services", "said"),
    [
        (True, [], []),
        (False, ["DATABASE_URL"], []),
        (True, ["DATABASE_URL"], ["chatsite.W013"]),
        (True, ["DATABASE_URL", "REDIS_URL"], ["chatsite.W013"]),
    ],
)
def test_debug_is_for_a_site_of_ones_own(
    settings: Settings, debug: bool, services: list[str], said: list[str]
) -> None:
    settings.DEBUG, settings.SERVICES = debug, services
    assert ids(checks.check_debug()) == said


@pytest.mark.parametrize(
    ("hosts", "said"), [(["chat.example.org"], []), (["*"], ["chatsite.W010"])]
)
def test_the_hosts_of_the_site_are_named(
    settings: Settings, hosts: list[str], said: list[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert ids(checks.check_allowed_hosts()) == said
