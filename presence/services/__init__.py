"""All changes of presence: only this package writes it, and only this package announces it."""

from __future__ import annotations

from presence.services.choosing import choose_status, end_choices, ending_choices
from presence.services.connections import (
    BATCH_SIZE,
    Closing,
    Opening,
    close_connection,
    close_connections,
    forget_process,
    open_connection,
    open_connections,
    set_idle,
)
from presence.services.farewells import say_farewell
from presence.services.leases import beat, require_writes
from presence.services.manual import force_offline, heartbeat, update_presence, user_offline
from presence.services.privacy import choose_privacy
from presence.services.rows import lock_person
from presence.services.sweeping import SweepResult, is_sweep_due, settle_grace, stale_people, sweep

__all__ = [
    "BATCH_SIZE",
    "Closing",
    "Opening",
    "SweepResult",
    "beat",
    "choose_privacy",
    "choose_status",
    "close_connection",
    "close_connections",
    "end_choices",
    "ending_choices",
    "force_offline",
    "forget_process",
    "heartbeat",
    "is_sweep_due",
    "lock_person",
    "open_connection",
    "open_connections",
    "require_writes",
    "say_farewell",
    "set_idle",
    "settle_grace",
    "stale_people",
    "sweep",
    "update_presence",
    "user_offline",
]
