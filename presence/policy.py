"""The rules of presence: pure, with the clock as an argument."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from django.conf import settings

from chatsite.realtime.wire import PresenceStatus

LEASE_SLACK = timedelta(seconds=5)
"""Beyond three missed beats: for a slow write and for clocks that differ a little."""

SETTLING = timedelta(seconds=3)
"""What a sweep may take with 10,000 people; the benchmark of sweeps holds it to that."""


class Privacy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody shows of themselves; of others they see as much."""

    shows_presence: bool = True
    """When they were last seen, and whether they are online."""
    shows_typing: bool = True
    shows_receipts: bool = True
    """What they have received and read."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose to appear as, and when that ends by itself."""

    status: PresenceStatus = PresenceStatus.ONLINE
    """``online`` means by what their devices do."""
    until: datetime | None = None
    """``None``: it lasts."""

    def at(self, now: datetime) -> Choice:
        """What is left of it: once its time has come it is the automatic one again."""
        return Choice() if self.until is not None and self.until <= now else self


def why_not(choice: Choice, *, now: datetime) -> str | None:
    """A sentence that says why this can't be chosen; ``None`` if it can."""
    if choice.until is None:
        return None
    if choice.status is PresenceStatus.ONLINE:
        return "The automatic status has no end."
    if choice.until <= now:
        return "The time at which the status ends has passed."
    return None


def presence_timeout() -> timedelta:
    """How long somebody nobody vouches for stays as they are: ``PRESENCE_TIMEOUT``."""
    return timedelta(seconds=settings.PRESENCE_TIMEOUT)


def grace() -> timedelta:
    """How long the last closed tab has to come back unnoticed: ``PRESENCE_GRACE``."""
    return timedelta(seconds=settings.PRESENCE_GRACE)


def lease_timeout() -> timedelta:
    """The age at which a lease is dead: three missed beats, and slack."""
    return 3 * timedelta(seconds=settings.PRESENCE_LEASE_INTERVAL) + LEASE_SLACK


def sweep_interval() -> timedelta:
    """Between two looks of a process for what others left behind, at most."""
    return timedelta(seconds=settings.PRESENCE_SWEEP_INTERVAL)


def gone_within() -> timedelta:
    """How long after their process was killed people are shown as offline, at the latest: killed
    right after its beat its whole lease is to run out, right after somebody looked."""
    return lease_timeout() + sweep_interval() + SETTLING


def status_of(
    *, chosen: PresenceStatus, is_hidden: bool, connections: Collection[bool]
) -> PresenceStatus:
    """What others see of somebody. ``connections`` says of each live one whether it is idle."""
    if is_hidden or chosen is PresenceStatus.OFFLINE or not connections:
        return PresenceStatus.OFFLINE
    if chosen is not PresenceStatus.ONLINE:
        return chosen
    return PresenceStatus.AWAY if all(connections) else PresenceStatus.ONLINE


def last_seen_display(*, status: PresenceStatus, last_seen: datetime, now: datetime) -> str:
    """When somebody was last seen, in words: ``Online``, ``Just now``, ``5m ago`` …"""
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
