"""Whether this process can do what people ask of it, and if not, why."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from asgiref.sync import async_to_sync
from django.db import Error as DatabaseError

from chatsite.failover import is_read_only
from chatsite.realtime import clock
from chatsite.realtime.layers import require_layer
from chatsite.realtime.redisserver import RedisDown
from chatsite.realtime.secrecy import without_secrets
from presence import services as presence_services

logger = logging.getLogger(__name__)


def problems() -> list[str]:
    """What is wrong, each in a word; nothing, if the process can serve.

    The database must take a write, and the channel layer must take what is published."""
    return [*_of_the_database(), *_of_the_layer()]


def _of_the_database() -> Iterator[str]:
    try:
        presence_services.require_writes(now=clock.now())
    except DatabaseError as error:
        logger.warning("not healthy: the database: %s", without_secrets(str(error)))
        yield "database_read_only" if is_read_only(error) else "database_unavailable"


def _of_the_layer() -> Iterator[str]:
    try:
        async_to_sync(require_layer)()
    except RedisDown as error:
        # The log has it: it is said once, however often somebody asks.
        yield f"layer_{error.cause.problem}"
    except Exception:
        # Other layers have errors of their own.
        logger.exception("not healthy: the channel layer")
        yield "layer_unavailable"
