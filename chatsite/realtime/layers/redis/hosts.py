"""REDIS_URL: from what an operator writes to what Channels needs to know of each server.

=================  ==================================================================
``redis://``       ``redis://user:password@host:6379/0``
``rediss://``      the same by TLS; ``?ssl_ca_certs=/path`` names who is trusted
``unix://``        ``unix:///run/redis/redis.sock?db=0``
``redis+sentinel`` ``redis+sentinel://user:password@host1:26379,host2:26379/mymaster/0``;
                   ``?sentinel_username=…&sentinel_password=…`` for the Sentinels themselves
=================  ==================================================================
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff

from chatsite.realtime.secrecy import without_secrets
from chatsite.realtime.serviceurls import UnreadableURL, split_url

Host = dict[str, Any]
"""One server, as an entry of ``hosts`` in ``CHANNEL_LAYERS``."""

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")

SENTINEL_PORT = 26379

CONNECT_TIMEOUT = 2

# In milliseconds. Linux alone knows it.
TCP_PATIENCE = {socket.TCP_USER_TIMEOUT: 10_000} if hasattr(socket, "TCP_USER_TIMEOUT") else {}

OPTIONS: Mapping[str, Any] = {
    # A subscription is silent for as long as nobody speaks; silence is not a failure.
    "socket_timeout": None,
    "socket_connect_timeout": CONNECT_TIMEOUT,
    "health_check_interval": 15,
    # Once, for the first use of each connection after a restart of Redis fails. What goes on
    # failing is to say why, before those who wait for it lose their patience.
    "retry": Retry(ExponentialBackoff(cap=0.1, base=0.05), 1),
}

TCP_OPTIONS: Mapping[str, Any] = {
    # The question of the health check is data: if nobody receives it for so long, the
    # connection is dead.
    "socket_keepalive": True,
    "socket_keepalive_options": TCP_PATIENCE,
}


def host_from(url: str) -> Host:
    """What Channels needs to know of the server at ``url``. Raises ``UnreadableURL``."""
    parts = split_url(url, schemes=SCHEMES, name="REDIS_URL")
    try:
        if parts.scheme.endswith("+sentinel"):
            return _watched_by_sentinels(parts)
        _require_known(ConnectionPool.from_url(url))
    except UnreadableURL:
        raise
    except (ValueError, TypeError):
        # Its text may be a part of the password.
        raise UnreadableURL(
            "REDIS_URL can't be read: ports and numbers of databases are numbers, and parameters"
            " are as redis-py knows them."
        ) from None
    if parts.scheme == "unix":
        return {"address": url, **OPTIONS}
    return {"address": url, **OPTIONS, **TCP_OPTIONS}


def _require_known(pool: Any) -> None:
    """Raises ``TypeError`` for a parameter that connections do not have. None is opened.

    Raises ``UnreadableURL`` for a file that is not there: it would be missed at each connection."""
    pool.make_connection()
    for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        path = pool.connection_kwargs.get(name)
        if path is not None and not Path(path).is_file():
            raise UnreadableURL(f"REDIS_URL names a file as {name} that is not there.")


def _watched_by_sentinels(parts: SplitResult) -> Host:
    login, at, addresses = parts.netloc.rpartition("@")
    master_name, _, database = parts.path.strip("/").partition("/")
    if not master_name:
        raise UnreadableURL("REDIS_URL names no master: redis+sentinel://host:26379/mymaster/0")
    options: dict[str, Any] = {**parse_url(f"redis://{login}{at}_/{database}?{parts.query}")}
    del options["host"]
    is_encrypted = parts.scheme.startswith("rediss")
    sentinel = {
        "username": options.pop("sentinel_username", None),
        "password": options.pop("sentinel_password", None),
        "socket_timeout": CONNECT_TIMEOUT / 2,
        "socket_connect_timeout": CONNECT_TIMEOUT / 2,
        # One that is away is not waited for: the next one is asked.
        "retry": Retry(NoBackoff(), 0),
        "ssl": is_encrypted,
        **{name: value for name, value in options.items() if name.startswith("ssl_")},
    }
    kind = SSLConnection if is_encrypted else Connection
    _require_known(ConnectionPool(kind, **options))
    return {
        "sentinels": [_address_from(address) for address in addresses.split(",")],
        "master_name": unquote(master_name),
        "sentinel_kwargs": sentinel,
        "ssl": is_encrypted,
        **OPTIONS,
        **TCP_OPTIONS,
        **options,
    }


def _address_from(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise UnreadableURL("REDIS_URL names a Sentinel without a host.")
    return parts.hostname, parts.port or SENTINEL_PORT


def name_of(host: Mapping[str, Any]) -> str:
    """Where the server is, for logs and errors: as its URL, without user, password and query."""
    if "address" in host:
        return without_secrets(str(host["address"])).partition("?")[0]
    if "master_name" in host:
        sentinels = ",".join(f"{name}:{port}" for name, port in host["sentinels"])
        scheme = "rediss" if host.get("ssl") else "redis"
        return f"{scheme}+sentinel://{sentinels}/{host['master_name']}"
    if "path" in host:
        return f"unix://{host['path']}"
    return f"redis://{host.get('host', 'localhost')}:{host.get('port', 6379)}"
