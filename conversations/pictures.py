"""What a server and the processes that draw for it say to each other, each message with its length
before it."""

from __future__ import annotations

import struct
from typing import IO

import msgspec

from chatsite.realtime.reasons import Reason

LENGTH = struct.Struct(">I")

TOO_COSTLY = "This image takes too much to draw."
"""Why an image is refused that takes too much time or memory."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept."""

    content: bytes
    content_type: str
    width: int
    height: int
    thumbnail: bytes | None = None
    """WebP, at most ``images.THUMBNAIL_SIZE`` wide and high; of what is much longer than wide, a
    part. ``None`` where the picture is small, or moves: then it is shown itself."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to be drawn."""

    content: bytes
    max_pixels: int
    """See ``images.redraw``."""
    at_most: int
    """Pixels. What is more work than that is not done."""


class Drawn(msgspec.Struct, frozen=True, tag=True):
    """It is done."""

    picture: Picture
    pixels: int


class Larger(msgspec.Struct, frozen=True, tag=True):
    """It is more work than the order allows."""

    pixels: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It can't be drawn."""

    sentence: str
    reason: Reason | None


Reply = Drawn | Larger | Failed

_orders = msgspec.msgpack.Decoder(Order)
_replies = msgspec.msgpack.Decoder(Reply)


def write_order(pipe: IO[bytes], order: Order) -> None:
    """Raises ``OSError`` if nobody reads any more."""
    _write(pipe, msgspec.msgpack.encode(order))


def read_reply(pipe: IO[bytes]) -> Reply | None:
    """The next one; ``None`` if the process ended without."""
    said = _read(pipe)
    return None if said is None else _replies.decode(said)


def read_order(pipe: IO[bytes]) -> Order | None:
    """The next one; ``None`` if there will be none."""
    said = _read(pipe)
    return None if said is None else _orders.decode(said)


def write_reply(pipe: IO[bytes], reply: Reply) -> None:
    """Raises ``OSError`` if nobody reads any more."""
    _write(pipe, msgspec.msgpack.encode(reply))


def _write(pipe: IO[bytes], said: bytes) -> None:
    pipe.write(LENGTH.pack(len(said)) + said)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    length = pipe.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    said = pipe.read(LENGTH.unpack(length)[0])
    return said if len(said) == LENGTH.unpack(length)[0] else None
