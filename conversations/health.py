"""Whether this process can do what people ask of it, and if not, why."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from asgiref.sync import async_to_sync
from django.db import Error as DatabaseError

from chatsite.realtime import clock
from chatsite.realtime.layers.base import LayerUnavailable
from chatsite.realtime.layers.configured import require_layer
from chatsite.realtime.outages import Cause, cause_of, outages
from presence import services as presence_services

logger = logging.getLogger(__name__)

FULL_FOR = 30.0
"""Seconds for which a message that found no room in the database says so of all of them, unless one
was stored since. Then the process is sent people again, to find out."""


def problems() -> list[str]:
    """What is wrong, each in a word; nothing, if the process can serve.

    The database must take a write, and the channel layer must take what is published."""
    return [*_of_the_database(), *_of_the_layer()]


def _of_the_database() -> Iterator[str]:
    try:
        presence_services.require_writes(now=clock.now())
    except DatabaseError as error:
        outages.report(error, "the database takes no writes")
        yield cause_of(error) or Cause.AWAY
    else:
        # A small write may succeed where a message finds no room.
        if outages.is_met(Cause.FULL, within=FULL_FOR):
            yield Cause.FULL


def _of_the_layer() -> Iterator[str]:
    try:
        async_to_sync(require_layer)()
    except LayerUnavailable as error:
        if not error.is_reported:
            logger.exception("not healthy: the channel layer")
        yield f"layer_{error.problem}"
