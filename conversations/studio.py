"""Where pictures are drawn: in processes of their own, in turn, and fairly between people.

A small picture waits for small ones only. Of the large ones, which take seconds, each person has
one drawn at a time, the smallest first.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import IO

import msgspec
from django.conf import settings

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from conversations.budgets import Budget
from conversations.pictures import (
    TOO_COSTLY,
    Drawn,
    Failed,
    Larger,
    Order,
    Picture,
    Reply,
    read_reply,
    write_order,
)

logger = logging.getLogger(__name__)

SMALL = 4_000_000
"""Pixels, of all frames, up to which a picture counts as small: a quarter of a second's work."""

LASTING = 16_000_000
"""Pixels after which a process is ended, so that its memory is given back for certain."""

SMALL_AT_ONCE = 2
"""Small pictures that are drawn at once, beside ``MEDIA_WORKERS`` large ones."""

PATIENCE = 30.0
"""Seconds that an upload waits for others to be drawn before it."""

INHERITED = ("PATH", "LANG", "LD_LIBRARY_PATH")
HOME = Path(__file__).resolve().parent.parent


class Lane:
    """Turns for at most ``places`` at once, and one for each person."""

    def __init__(self, places: int, *, patience: float = PATIENCE) -> None:
        self._places = places
        self._patience = patience
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int, int]] = []
        """The size, the order of arrival, and the person."""
        self._busy: list[int] = []
        self._numbers = itertools.count()

    @contextmanager
    def turn(self, *, person: int, size: int) -> Iterator[None]:
        """Wait for one. Of those who wait the smallest comes first, and then the first that came.
        Raises ``Refused`` (unavailable) after ``patience`` seconds."""
        with self._changed:
            place = (size, next(self._numbers), person)
            self._waiting.append(place)
            comes = self._changed.wait_for(lambda: self._is_next(place), timeout=self._patience)
            self._waiting.remove(place)
            if not comes:
                raise Refused(
                    ErrorCode.UNAVAILABLE,
                    "Too many images at once. Try again.",
                    reason=Reason.IMAGES_BUSY,
                )
            self._busy.append(person)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._busy.remove(person)
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _is_next(self, place: tuple[int, int, int]) -> bool:
        free = [other for other in self._waiting if other[2] not in self._busy]
        return len(self._busy) < self._places and place in free and place == min(free)


class Painter:
    """One process that draws."""

    def __init__(self) -> None:
        # Without the rest of the environment, which holds the site's secrets.
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 -- all of it is our own
            [sys.executable, "-m", "conversations.drawing", str(settings.MEDIA_WORKER_MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HOME,
            env={**inherited, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def does(self, order: Order) -> Reply | None:
        """What came of it; ``None`` if the process ended, or had to be ended, before."""
        limit = threading.Timer(settings.MEDIA_TIME_LIMIT, self._process.kill)
        limit.start()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None, "both are pipes"  # noqa: PT018
        try:
            write_order(stdin, order)
            return read_reply(stdout)
        except OSError:
            return None
        finally:
            limit.cancel()

    def ends(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        # Closes the pipes, too.
        self._process.communicate()


class Studio:
    """All drawing of this process, which any thread may ask for."""

    def __init__(self) -> None:
        self._small = Lane(SMALL_AT_ONCE)
        self._large = Lane(settings.MEDIA_WORKERS)
        self._pixels = Budget(settings.MEDIA_HOURLY_PIXELS)
        self._idle: list[Painter] = []
        """Appending and popping is atomic."""

    def draw(self, file: IO[bytes], *, person: int, max_pixels: int) -> Picture:
        """The picture in the file, as ``images.redraw`` makes it. Raises
        ``Refused``: invalid_media, also for what takes too much time or memory; rate_limited;
        unavailable."""
        order = Order(content=file.read(), max_pixels=max_pixels, at_most=SMALL)
        with self._small.turn(person=person, size=len(order.content)):
            reply = self._done(order)
        if isinstance(reply, Larger | Drawn):
            self._spend(person, reply.pixels)
        if isinstance(reply, Larger):
            order = msgspec.structs.replace(order, at_most=reply.pixels)
            with self._large.turn(person=person, size=reply.pixels):
                reply = self._done(order)
        match reply:
            case Drawn():
                return reply.picture
            case Failed():
                raise Refused(ErrorCode.INVALID_MEDIA, reply.sentence, reason=reply.reason)
            case _:
                raise Refused(ErrorCode.INVALID_MEDIA, TOO_COSTLY, reason=Reason.IMAGE_TOO_COSTLY)

    def close(self) -> None:
        """End the processes that wait for something to do."""
        while self._idle:
            self._idle.pop().ends()

    def _spend(self, person: int, pixels: int) -> None:
        seconds = self._pixels.take(person, pixels, now=time.monotonic())
        if seconds:
            raise Refused(
                ErrorCode.RATE_LIMITED,
                f"You uploaded many large images. Go on in {ceil(seconds / 60)} min.",
                reason=Reason.HOURLY_PIXELS,
                retry_after=seconds,
            )

    def _done(self, order: Order) -> Reply | None:
        """By a process that waits, or a new one. One that waited may have ended meanwhile."""
        while self._idle:
            painter = self._idle.pop()
            reply = self._asked(painter, order)
            if reply is not None:
                return reply
        return self._asked(_new_painter(), order)

    def _asked(self, painter: Painter, order: Order) -> Reply | None:
        reply = None
        try:
            reply = painter.does(order)
        finally:
            if reply is None or (isinstance(reply, Drawn) and reply.pixels > LASTING):
                painter.ends()
            else:
                self._idle.append(painter)
        return reply


def _new_painter() -> Painter:
    try:
        return Painter()
    except OSError as error:
        logger.warning("no process to draw in could be started: %s", error)
        raise Refused(ErrorCode.UNAVAILABLE, "No image can be drawn now. Try again.") from None


@functools.cache
def get_studio() -> Studio:
    """That of this process."""
    studio = Studio()
    atexit.register(studio.close)
    return studio
