"""Why Redis does not do what it is asked, in words and in one word."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chatsite.realtime.secrecy import without_secrets


class Problem(StrEnum):
    """What may be wrong, as ``/healthz`` says it."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 (the word for it)
    NO_PERMISSION = "no_permission"
    TLS = "tls"
    NOT_MASTER = "not_master"
    NO_MASTER = "no_master"
    LOADING = "loading"
    UNKNOWN_HOST = "unknown_host"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    AWAY = "away"


PASSING = frozenset(
    {Problem.AWAY, Problem.REFUSED, Problem.TIMEOUT, Problem.LOADING, Problem.NO_MASTER}
)
"""They follow one another while a server goes and comes. The others are for somebody to mend."""


class Cause(NamedTuple):
    """Why it failed."""

    problem: Problem
    sentence: str
    """What a log says behind "Redis at …: "."""


class NotMaster(RedisConnectionError):
    """The server is a replica: what is published there reaches nobody elsewhere."""


class Replaced(NotMaster):
    """The Sentinels name another master, though the server may not know it yet."""


class NotHeard(RedisConnectionError):
    """What was published did not come by the subscription."""


class SpeaksTLS(RedisConnectionError):
    """The server does, and its address says that it does not."""


class SpeaksNoTLS(RedisConnectionError):
    """The server does not, and its address says that it does."""


_SENTENCES: dict[type[BaseException], Cause] = {
    Replaced: Cause(
        Problem.NOT_MASTER,
        "its Sentinels name another master, whose subscribers do not hear what is published there",
    ),
    NotMaster: Cause(
        Problem.NOT_MASTER,
        "it is a replica, and what is published there does not reach the other processes",
    ),
    SpeaksTLS: Cause(
        Problem.TLS, "it speaks TLS, so its address must begin with rediss instead of redis"
    ),
    SpeaksNoTLS: Cause(
        Problem.TLS, "it does not speak TLS, so its address must begin with redis, not rediss"
    ),
    ReadOnlyError: Cause(Problem.NOT_MASTER, "it is a replica, and takes no writes (READONLY)"),
    NotHeard: Cause(Problem.TIMEOUT, "what is published there does not come by the subscription"),
    MasterNotFoundError: Cause(Problem.NO_MASTER, "its Sentinels know no master, or are away"),
    BusyLoadingError: Cause(Problem.LOADING, "it is loading its data"),
    ssl.SSLError: Cause(Problem.TLS, "TLS failed"),
    socket.gaierror: Cause(Problem.UNKNOWN_HOST, "no address is known for its name"),
    ConnectionRefusedError: Cause(Problem.REFUSED, "it refuses connections"),
    FileNotFoundError: Cause(Problem.REFUSED, "there is no such socket"),
    PermissionError: Cause(Problem.REFUSED, "this user may not open its socket"),
    TimeoutError: Cause(Problem.TIMEOUT, "it did not answer in time"),
    RedisTimeoutError: Cause(Problem.TIMEOUT, "it did not answer in time"),
}

_NO_PERMISSION = re.compile(r"NOPERM|has no permissions|can't run this command", re.IGNORECASE)

_COMMAND = re.compile(r"run the '([\w|]+)' command")

_PASSWORD_MISSING = re.compile(
    r"NOAUTH|Authentication required|without any password", re.IGNORECASE
)

# What each Sentinel answered stands in the text of the error, by the name of its class.
_SENTINEL_REFUSES = re.compile(r"Authentication(WrongNumberOfArgs)?Error|NOAUTH|WRONGPASS|NOPERM")


def cause_of(error: BaseException) -> Cause:
    """The true cause of an error that redis-py, or what is under it, raised."""
    for reason in _reasons(error):
        cause = _answered(reason) or _known(reason)
        if cause is not None:
            return cause
    return Cause(Problem.AWAY, without_secrets(str(error)) or type(error).__name__)


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised for, innermost first: a ConnectionError says little."""
    inner = error.__cause__ or error.__context__
    # What was not heard was waited for: the timeout below it would say less.
    if inner is not None and not isinstance(error, NotHeard):
        yield from _reasons(inner)
    yield error


def _answered(error: BaseException) -> Cause | None:
    """What the server itself has said."""
    text = without_secrets(str(error))
    if isinstance(error, MasterNotFoundError) and _SENTINEL_REFUSES.search(text):
        return Cause(Problem.WRONG_PASSWORD, "its Sentinels refuse the user or the password")
    if isinstance(error, NoPermissionError) or (
        isinstance(error, ResponseError) and _NO_PERMISSION.search(text)
    ):
        return Cause(Problem.NO_PERMISSION, f"its ACL does not allow it{_rule_for(text)}: {text}")
    if isinstance(error, (AuthenticationError, ResponseError)) and _PASSWORD_MISSING.search(text):
        return Cause(Problem.WRONG_PASSWORD, f"it refuses the login: {text}")
    if isinstance(error, AuthenticationError):
        return Cause(Problem.WRONG_PASSWORD, f"it refuses the user or the password: {text}")
    return None


def _rule_for(refusal: str) -> str:
    """What its user needs, as far as the refusal tells."""
    if " channel" in refusal:
        return " (the user needs &asgi*)"
    command = _COMMAND.search(refusal)
    return "" if command is None else f" (the user needs +{command[1].lower()})"


def _known(error: BaseException) -> Cause | None:
    for kind, cause in _SENTENCES.items():
        if isinstance(error, kind):
            detail = without_secrets(str(error)) if isinstance(error, ssl.SSLError) else ""
            return cause._replace(sentence=f"{cause.sentence}: {detail}") if detail else cause
    return None
