"""The program that draws pictures: one process, which holds nothing else and may end at any time.

    python -m conversations.drawing MEGABYTES

Files are made to harm whoever decodes them. So that is done here, with a limit of memory, without
the site's secrets, and not in a server. ``conversations.studio`` starts such processes.
"""

from __future__ import annotations

import io
import logging
import os
import queue
import resource
import sys
import threading
from contextlib import suppress

from chatsite.realtime.errors import Refused
from conversations.images import pixels_to_draw, redraw
from conversations.pictures import Drawn, Failed, Larger, Order, Reply, read_order, write_reply

IDLE = 60.0
"""Seconds without an order after which the process ends, and gives its memory back."""

KINDNESS = 10
"""By how much these processes stand back behind the servers, as ``nice`` counts it."""


def main() -> None:
    """Draw what is asked for, until nothing is for a while."""
    logging.basicConfig(level=logging.INFO)
    _confine(megabytes=int(sys.argv[1]))
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=[orders], daemon=True).start()
    with suppress(queue.Empty):
        while True:
            write_reply(sys.stdout.buffer, done(orders.get(timeout=IDLE)))


def done(order: Order) -> Reply:
    """Draw it, if it is not too much."""
    file = io.BytesIO(order.content)
    try:
        pixels = pixels_to_draw(file, max_pixels=order.max_pixels)
        if pixels > order.at_most:
            return Larger(pixels)
        return Drawn(redraw(file, max_pixels=order.max_pixels), pixels)
    except Refused as refused:
        return Failed(refused.sentence, refused.reason)


def _confine(*, megabytes: int) -> None:
    """Take no more than this memory, write no file, and let others go first."""
    os.nice(KINDNESS)
    for what, limit in (
        (resource.RLIMIT_DATA, megabytes * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _listen(orders: queue.SimpleQueue[Order]) -> None:
    """Take orders, and end the process with the one that gives them, whatever is being drawn."""
    while (order := read_order(sys.stdin.buffer)) is not None:
        orders.put(order)
    os._exit(0)


if __name__ == "__main__":
    main()
