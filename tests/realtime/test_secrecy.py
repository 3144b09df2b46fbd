"""Where servers are may be said, and never how to get in."""

from __future__ import annotations

import logging
import sys

import pytest

from chatsite.realtime.layers.redis.hosts import host_from, name_of
from chatsite.realtime.secrecy import SafeFormatter, without_secrets
from chatsite.realtime.serviceurls import UnreadableURL, urls_in

SECRETS = ("s3cret", "p%40ss", "p@ss", "hidden-user")

TEXTS = {
    "at redis://hidden-user:s3cret@redis:6379/0 it is": "at redis://redis:6379/0 it is",
    "redis://:s3cret@one:1,redis://:p%40ss@two:2": "redis://one:1,redis://two:2",
    "redis://hidden-user:p@ss@one": "redis://one",
    "rediss://one?password=s3cret&db=1": "rediss://one?password=***&db=1",
    "rediss://one?ssl_keyfile_password=s3cret": "rediss://one?ssl_keyfile_password=***",
    "unix://hidden-user:s3cret@/run/redis.sock?db=0": "unix:///run/redis.sock?db=0",
    "postgresql://hidden-user:p%40ss@db:5432/chat": "postgresql://db:5432/chat",
    "host=db user=hidden-user password='s3cret with spaces'": "host=db user=*** password=***",
    "see https://example.org/@alice": "see https://example.org/@alice",
    "nothing to hide": "nothing to hide",
}


@pytest.mark.parametrize("text", TEXTS)
def test_of_a_text_the_secrets_are_hidden_and_nothing_else(text: str) -> None:
    assert without_secrets(text) == TEXTS[text]


NAMES = {
    "redis://hidden-user:s3cret@redis:6379/0": "redis://redis:6379/0",
    "rediss://:s3cret@redis?password=s3cret": "rediss://redis",
    "unix://hidden-user:s3cret@/run/redis.sock?db=0": "unix:///run/redis.sock",
    "redis+sentinel://hidden-user:s3cret@one:1,two/mymaster/3?sentinel_password=s3cret": (
        "redis+sentinel://one:1,two:26379/mymaster"
    ),
}


@pytest.mark.parametrize("url", NAMES)
def test_a_server_is_named_without_secrets(url: str) -> None:
    assert name_of(host_from(url)) == NAMES[url]


def test_hosts_that_are_written_otherwise_have_a_name_too() -> None:
    assert name_of({"host": "redis", "port": 1, "password": "s3cret"}) == "redis://redis:1"
    assert name_of({"path": "/run/redis.sock", "password": "s3cret"}) == "unix:///run/redis.sock"


def test_sentinels_and_their_master_are_read_with_all_that_belongs_to_them() -> None:
    [url, other] = urls_in(
        "rediss+sentinel://hidden-user:p%40ss@one:1,two/my%20master/3"
        f"?sentinel_username=s&sentinel_password=s3cret&ssl_ca_certs={__file__}, redis://other"
    )
    host = host_from(url)
    assert host["sentinels"] == [("one", 1), ("two", 26379)]
    assert (host["master_name"], host["db"], host["ssl"]) == ("my master", 3, True)
    assert (host["username"], host["password"]) == ("hidden-user", "p@ss")
    sentinel = host["sentinel_kwargs"]
    assert (sentinel["username"], sentinel["password"]) == ("s", "s3cret")
    assert sentinel["ssl"] is True
    assert sentinel["ssl_ca_certs"] == host["ssl_ca_certs"] == __file__
    assert other == "redis://other"


UNREADABLE = (
    "s3cret",
    "http://hidden-user:s3cret@redis",
    "redis://:s3cret/more@redis",
    "redis://:6379/s3cret@redis",
    "redis://:s3cret#more@redis",
    "redis://:s3cret?more@redis",
    "redis://:s3cret more@redis",
    "redis://redis:s3cret",
    "redis+sentinel://:s3cret@one",
    "redis+sentinel://:s3cret@/mymaster",
    "redis://:s3cret@redis?nonsense=1",
    "unix://:s3cret@/run/redis.sock?nonsense=1",
    "redis+sentinel://:s3cret@one/mymaster?nonsense=1",
    "rediss://:s3cret@redis?ssl_ca_certs=/there/is/none.pem",
)


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_can_not_be_read_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UnreadableURL) as refused:
        host_from(url)
    assert "REDIS_URL" in str(refused.value)
    assert not any(secret in str(refused.value) for secret in SECRETS)


def test_tracebacks_in_the_log_hold_no_secret() -> None:
    try:
        raise ValueError("no way to redis://hidden-user:s3cret@redis")
    except ValueError:
        record = logging.LogRecord("a", 40, __file__, 1, "at %s", ("x",), sys.exc_info())
    line = SafeFormatter("{message}", style="{").format(record)
    assert "redis://redis" in line
    assert "Traceback" in line
    assert not any(secret in line for secret in SECRETS)
