"""What the site makes of its environment, asked of a fresh process for each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
DEPLOYED = {"SECRET_KEY": "a-key", "ALLOWED_HOSTS": "chat.example.org"}

VARIABLES: dict[str, tuple[object, str, object]] = {
    "PRESENCE_TIMEOUT": (120, "60.5", 60.5),
    "PRESENCE_GRACE": (10, "0", 0),
    "PRESENCE_SWEEP_INTERVAL": (5, "1", 1),
    "PRESENCE_LEASE_INTERVAL": (10, "0.5", 0.5),
    "HEARTBEAT_INTERVAL": (30, "15", 15),
    "PRESENCE_MAX_AUDIENCE": (500, "9", 9),
    "PRESENCE_AUDIENCE": ("conversations.selectors.presence_audience", "a.b", "a.b"),
    "TYPING_TIMEOUT": (5, "2", 2),
    "TYPING_MAX_PARTICIPANTS": (100, "7", 7),
    "MAX_PARTICIPANTS": (1000, "20", 20),
    "MAX_CONVERSATIONS": (100, "5", 5),
    "MAX_ADDITIONS": (2000, "40", 40),
    "CONVERSATION_BURST": (20, "4", 4),
    "CONVERSATION_INTERVAL": (3, "0.5", 0.5),
    "MAX_REACTIONS": (1000, "30", 30),
    "STREAM_MAX_FRAME": (65536, "1024", 1024),
    "STREAM_RATE": (20, "2.5", 2.5),
    "STREAM_BURST": (100, "10", 10),
    "STREAM_PERSON_RATE": (40, "2.5", 2.5),
    "STREAM_PERSON_BURST": (1000, "20", 20),
    "STREAM_BACKLOG_BYTES": (4194304, "65536", 65536),
    "STREAM_CONNECTIONS_PER_ADDRESS": (1000, "0", 0),
    "STREAM_MAX_CONNECTIONS_PER_USER": (50, "3", 3),
    "STREAM_OUTBOX": (256, "8", 8),
    "STREAM_OUTBOX_BYTES": (2097152, "9", 9),
    "STREAM_OUTBOX_BYTES_PER_USER": (8388608, "9", 9),
    "STREAM_OUTBOX_BYTES_PER_PROCESS": (67108864, "9", 9),
    "STREAM_CATCHUPS": (50, "4", 4),
    "CATCHUP_LIMIT": (500, "5", 5),
    "CATCHUP_BYTES": (65536, "7", 7),
    "MEDIA_MAX_BYTES": (10485760, "100", 100),
    "DATABASE_THREADS": (1, "2", 2),
    "DATABASE_LOCK_TIMEOUT": (3, "1.5", 1.5),
    "DATABASE_IDLE_TIMEOUT": (5, "8", 8),
    "DATABASE_POOLER": (False, "true", True),
    "PASSWORD_WORKERS": (1, "2", 2),
    "PASSWORD_WAITING": (64, "5", 5),
    "PASSWORD_TRIES_PER_ADDRESS": (60, "9", 9),
    "PASSWORD_TRIES_PER_ACCOUNT": (10, "3", 3),
    "CSRF_TRUSTED_ORIGINS": ([], "https://a,https://b", ["https://a", "https://b"]),
    "MEDIA_ROOT": (str(ROOT / "media"), "/srv/media", "/srv/media"),
}
"""Name: (default, what the environment says, what that means)."""

ASK = """
import json, sys
from chatsite import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def started(environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
    """A process that imports the settings in this environment and no other."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK, *names],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def settings_of(environment: dict[str, str], *names: str) -> Any:
    """The values of these settings in this environment."""
    process = started(environment, *names)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("environment", [{}, {"SECRET_KEY": "", "DATABASE_URL": ""}])
def test_without_an_environment_it_is_a_local_site(environment: dict[str, str]) -> None:
    found = settings_of(environment, "DEBUG", "HTTPS", "DATABASES", "CHANNEL_LAYERS")
    assert found["DEBUG"]
    assert not found["HTTPS"]
    assert found["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert found["CHANNEL_LAYERS"]["default"]["BACKEND"].endswith("MemoryLayer")


def test_with_a_key_and_a_name_it_is_deployed() -> None:
    found = settings_of(DEPLOYED, "DEBUG", "HTTPS", "SESSION_COOKIE_SECURE", "ALLOWED_HOSTS")
    assert found == {
        "DEBUG": False,
        "HTTPS": True,
        "SESSION_COOKIE_SECURE": True,
        "ALLOWED_HOSTS": ["chat.example.org"],
    }


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"DEBUG": "false"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "chat.example.org"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a-key"}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "a-key", "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": "postgresql://db/chat"}, "SECRET_KEY"),
        ({"REDIS_URL": "redis://here"}, "SECRET_KEY"),
    ],
)
def test_what_a_deployed_site_misses_is_named(environment: dict[str, str], missing: str) -> None:
    process = started(environment)
    assert process.returncode != 0
    last_line = process.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last_line
    assert f"environment variable {missing}" in last_line


def test_debug_with_services_is_on_only_where_somebody_says_so() -> None:
    services = {"DATABASE_URL": "postgresql://db/chat", "REDIS_URL": "redis://here"}
    assert not settings_of({**DEPLOYED, **services}, "DEBUG")["DEBUG"]
    assert settings_of({**services, "DEBUG": "1"}, "DEBUG")["DEBUG"]


def test_https_can_be_left_to_others() -> None:
    found = settings_of({**DEPLOYED, "HTTPS": "false"}, "CSRF_COOKIE_SECURE")
    assert not found["CSRF_COOKIE_SECURE"]


def test_sqlite_waits_for_its_turn_and_has_one_thread() -> None:
    found = settings_of({}, "DATABASES", "DATABASE_THREADS")
    assert found["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["DATABASE_THREADS"] == 1


def test_postgresql_has_a_pool_for_its_threads_and_more() -> None:
    url = "postgresql://alice:secret@database.example.org:5433/chat"
    found = settings_of(
        {**DEPLOYED, "DATABASE_URL": url, "DATABASE_THREADS": "4"}, "DATABASES", "DATABASE_THREADS"
    )
    database = found["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"]) == ("database.example.org", 5433)
    assert database["OPTIONS"]["pool"]["max_size"] > found["DATABASE_THREADS"] == 4
    assert database["CONN_MAX_AGE"] == 0


def test_postgresql_is_held_to_timeouts_unless_a_pooler_stands_before_it() -> None:
    url = (
        "postgresql://alice@database.example.org/chat"
        "?options=-c%20lock_timeout%3D9s&keepalives_idle=7"
    )
    given = {**DEPLOYED, "DATABASE_URL": url, "DATABASE_IDLE_TIMEOUT": "4"}
    options = settings_of(given, "DATABASES")["DATABASES"]["default"]["OPTIONS"]
    assert "-c idle_in_transaction_session_timeout=4000" in options["options"]
    assert "-c tcp_user_timeout=25000" in options["options"]
    # What the address says goes before what the site says: the last one holds.
    assert options["options"].endswith(" -c lock_timeout=9s")
    assert (options["keepalives_idle"], options["keepalives_interval"]) == (7, 5)
    pooled = settings_of({**given, "DATABASE_POOLER": "true"}, "DATABASES")
    assert pooled["DATABASES"]["default"]["OPTIONS"]["options"] == "-c lock_timeout=9s"


def test_each_redis_address_is_a_host_that_may_stay_silent() -> None:
    found = settings_of({**DEPLOYED, "REDIS_URL": "redis://one:1,redis://two:2"}, "CHANNEL_LAYERS")
    layer = found["CHANNEL_LAYERS"]["default"]
    assert layer["BACKEND"].endswith("RedisLayer")
    hosts = layer["CONFIG"]["hosts"]
    assert [host["address"] for host in hosts] == ["redis://one:1", "redis://two:2"]
    assert [host["socket_timeout"] for host in hosts] == [None, None]


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL"])
@pytest.mark.parametrize("rest", ["user:s3cret/more@host", "user:s3cret", "user:6379/s3cret@host"])
def test_an_address_that_can_not_be_read_is_named_and_not_shown(name: str, rest: str) -> None:
    scheme = {"REDIS_URL": "redis", "DATABASE_URL": "postgresql"}[name]
    done = started({**DEPLOYED, name: f"{scheme}://{rest}"}, name)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_file_may_have_an_at_in_its_path() -> None:
    found = settings_of(
        {**DEPLOYED, "DATABASE_URL": "sqlite:////srv/me@here/db.sqlite3"}, "DATABASES"
    )
    assert found["DATABASES"]["default"]["NAME"] == "/srv/me@here/db.sqlite3"


def test_sentinels_of_one_address_are_divided_by_commas_too() -> None:
    found = settings_of(
        {**DEPLOYED, "REDIS_URL": "redis+sentinel://one,two:2/m,redis://three"}, "CHANNEL_LAYERS"
    )
    watched, plain = found["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"]
    assert watched["sentinels"] == [["one", 26379], ["two", 2]]
    assert watched["master_name"] == "m"
    assert plain["address"] == "redis://three"


def test_a_setting_is_a_variable_of_its_name() -> None:
    assert settings_of({}, *VARIABLES) == {
        name: default for name, (default, _, _) in VARIABLES.items()
    }
    environment = {name: given for name, (_, given, _) in VARIABLES.items()}
    assert settings_of(environment, *VARIABLES) == {
        name: value for name, (_, _, value) in VARIABLES.items()
    }
