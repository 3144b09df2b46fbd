"""The rules of presence: pure, with the clock as an argument."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from django.conf import settings

from chatsite.realtime.wire import PresenceStatus

LEASE_SLACK = timedelta(seconds=5)
"""Time beyond three missed renewals, for a slow write."""

SETTLING = timedelta(seconds=3)
"""How long a sweep may take with 10,000 people; the benchmark of sweeps checks it."""


class Privacy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a person shows of themselves, and so what they may see of others."""

    shows_presence: bool = True
    """When they were last seen, and whether they are online."""
    shows_typing: bool = True
    shows_receipts: bool = True
    """What they have received and read."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The status that a person chose, and when the choice ends by itself."""

    status: PresenceStatus = PresenceStatus.ONLINE
    """``online`` means automatic: by what their devices do."""
    until: datetime | None = None
    """``None``: it does not end by itself."""

    def at(self, now: datetime) -> Choice:
        """The choice as it stands at that time: once it has ended, the automatic one."""
        return Choice() if self.until is not None and self.until <= now else self


def why_not(choice: Choice, *, now: datetime) -> str | None:
    """A sentence that says why this can't be chosen, or ``None`` if it can."""
    if choice.until is None:
        return None
    if choice.status is PresenceStatus.ONLINE:
        return "The automatic status has no end."
    if choice.until <= now:
        return "The time at which the status ends has passed."
    return None


def presence_timeout() -> timedelta:
    """How long a person keeps their status without a heartbeat: ``PRESENCE_TIMEOUT``."""
    return timedelta(seconds=settings.PRESENCE_TIMEOUT)


def grace() -> timedelta:
    """How long a person may be without a connection before they are shown as offline:
    ``PRESENCE_GRACE``."""
    return timedelta(seconds=settings.PRESENCE_GRACE)


def lease_timeout() -> timedelta:
    """The age at which a lease expires: three missed renewals, and slack."""
    return 3 * timedelta(seconds=settings.PRESENCE_LEASE_INTERVAL) + LEASE_SLACK


def sweep_interval() -> timedelta:
    """The longest time between two sweeps of a process."""
    return timedelta(seconds=settings.PRESENCE_SWEEP_INTERVAL)


def gone_within() -> timedelta:
    """The longest time until people are shown as offline after their process was killed.

    In the worst case the process was killed right after it renewed its lease, and the lease expires
    right after another process swept.
    """
    return lease_timeout() + sweep_interval() + SETTLING


def status_of(
    *, chosen: PresenceStatus, is_hidden: bool, connections: Collection[bool]
) -> PresenceStatus:
    """The status that others see. ``connections`` says for each live one whether it is idle."""
    if is_hidden or chosen is PresenceStatus.OFFLINE or not connections:
        return PresenceStatus.OFFLINE
    if chosen is not PresenceStatus.ONLINE:
        return chosen
    return PresenceStatus.AWAY if all(connections) else PresenceStatus.ONLINE


def last_seen_display(*, status: PresenceStatus, last_seen: datetime, now: datetime) -> str:
    """When a person was last seen, in words: ``Online``, ``Just now``, ``5m ago`` …"""
    if status is not PresenceStatus.OFFLINE:
        return "Online"
    minutes = int((now - last_seen).total_seconds() // 60)
    if minutes < 1:
        return "Just now"
    if minutes < 60:
        return f"{minutes}m ago"
    if minutes < 24 * 60:
        return f"{minutes // 60}h ago"
    if minutes < 7 * 24 * 60:
        return f"{minutes // (24 * 60)}d ago"
    return "Over a week ago"
