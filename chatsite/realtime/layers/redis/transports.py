"""Why a server does not answer, where that shows no cause: most often its address is wrong.

TLS is spoken where that begins with ``rediss``. A server that speaks the other answers nothing that
can be understood, and often nothing at all, so that all that shows is a timeout. Only to ask it in
the other way tells.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from typing import Any

from redis.asyncio.connection import SSLConnection
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.exceptions import RedisError

from chatsite.realtime.layers.redis.causes import PASSING, Problem, SpeaksNoTLS, SpeaksTLS, cause_of

PATIENCE = 1.0
"""Seconds for an answer: nobody but the thread that looks after the server waits for it."""

UNCERTAIN = frozenset({Problem.AWAY, Problem.TIMEOUT, Problem.TLS, Problem.NO_MASTER})
"""As what a server that speaks the other may show."""


async def require_transport(pool: Any, error: BaseException) -> None:
    """Raises ``SpeaksTLS`` or ``SpeaksNoTLS`` if that is why the server of the pool, or one of
    its Sentinels, failed with the error; or what is to be mended so that a Sentinel answers."""
    if cause_of(error).problem not in UNCERTAIN:
        return
    await _require_same_transport(pool)
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await _require_answer(sentinel)


async def _require_same_transport(pool: Any) -> None:
    for host, port, is_encrypted in _addresses(pool):
        if is_encrypted and await _answers_plainly(host, port):
            raise SpeaksNoTLS(f"{host}:{port}")
        if not is_encrypted and await _answers_by_tls(host, port):
            raise SpeaksTLS(f"{host}:{port}")


def _addresses(pool: Any) -> Iterator[tuple[str, int, bool]]:
    """Host, port, and whether TLS is meant to be spoken there. A socket in a file has neither."""
    is_encrypted = issubclass(pool.connection_class, SSLConnection)
    if not isinstance(pool, SentinelConnectionPool):
        if "host" in pool.connection_kwargs:
            options = pool.connection_kwargs
            yield options["host"], options.get("port", 6379), is_encrypted
        return
    for sentinel in pool.sentinel_manager.sentinels:
        yield from _addresses(sentinel.connection_pool)
    if pool.master_address is not None:
        yield *pool.master_address, is_encrypted


async def _require_answer(sentinel: Any) -> None:
    """The error that says that no master is known says nothing of why."""
    try:
        # It gives up by itself.
        await sentinel.sentinel_masters()
    except (RedisError, OSError) as error:
        if cause_of(error).problem not in PASSING:
            raise


async def _answers_by_tls(host: str, port: int) -> bool:
    """Whether a handshake goes well, whoever the server is; or is refused by one that knows TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    writer.transport.abort()
    return True


async def _answers_plainly(host: str, port: int) -> bool:
    """Whether a PING is answered, be it with a refusal."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"PING\r\n")
            answer = await reader.read(1)
    except OSError:
        return False
    writer.transport.abort()
    return answer in (b"+", b"-")
