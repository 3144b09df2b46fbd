"""What this process knows about its own lease without asking the database.

A process may be stopped for longer than its lease lasts, at any point, and go on as if nothing had
happened. Meanwhile other processes have swept its connections. A steady clock shows that before the
process announces anything. If that clock was stopped too, as on a suspended virtual machine, the
next renewal shows it.
"""

from __future__ import annotations

import math
import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime

from chatsite.realtime import clock
from presence import services
from presence.policy import lease_timeout
from presence.selectors import held_since


class Lease:
    """The lease of one process. ``steady`` is a clock in seconds that nobody sets."""

    def __init__(self, *, steady: Callable[[], float]) -> None:
        host = socket.gethostname()[:64]
        self.process = f"{host}:{os.getpid()}:{secrets.token_hex(4)}"
        """Its name. Never used twice."""
        self._steady = steady
        self._valid_until = -math.inf
        """By the steady clock. Until then no other process sweeps its connections."""
        self._since: datetime | None = None
        """``started_at`` of its row, as the last renewal left it."""

    @property
    def is_valid(self) -> bool:
        """Whether it can't have expired, by the steady clock."""
        return self._steady() < self._valid_until

    @property
    def was_held(self) -> bool:
        """Whether it was ever renewed. That of a process that has just started was not."""
        return self._since is not None

    def is_unbroken(self) -> bool:
        """Whether it is still the one that was renewed last. Raises ``DatabaseError``."""
        return held_since(process=self.process) == self._since

    def renew(self) -> bool:
        """Renew it. ``False``: it may have expired since the last renewal, so connections of the
        process may have been swept. Raises ``DatabaseError``.

        Blocks. The process may be stopped in here as well, so the lease is valid for so long from
        when this began, and not from when it returns.
        """
        valid_before = self._valid_until
        began = self._steady()
        is_living = services.beat(process=self.process, now=clock.now())
        since = held_since(process=self.process)
        is_same = is_living and since == self._since
        self._since = since
        self._valid_until = began + lease_timeout().total_seconds()
        return is_same and self._steady() < valid_before
