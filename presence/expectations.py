"""What will happen to a person's presence by itself, and when, for the admin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from django.conf import settings

from chatsite.durations import in_words
from chatsite.realtime.wire import PresenceStatus
from presence.policy import (
    LEASE_SLACK,
    Choice,
    grace,
    lease_timeout,
    presence_timeout,
    sweep_interval,
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A connection, and when its process last renewed its lease."""

    beat: datetime
    is_idle: bool = False


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines a person's presence."""

    status: PresenceStatus
    choice: Choice = Choice()
    is_hidden: bool = False
    grace_until: datetime | None = None
    last_heartbeat: datetime
    connections: tuple[Held, ...] = ()


def expectations(standing: Standing, *, now: datetime) -> list[str]:
    """At least one sentence, in the order in which the things will happen."""
    found = [
        *_of_connections(standing, now=now),
        *_of_nobody_there(standing, now=now),
        *_of_choice(standing, now=now),
        *_of_hiding(standing),
    ]
    return found or [_of_rest(standing)]


def _by_the_sweep(after: timedelta = timedelta()) -> str:
    return (
        f"the sweep settles this in at most {in_words(max(after, timedelta()) + sweep_interval())}"
    )


def _of_connections(standing: Standing, *, now: datetime) -> list[str]:
    """About processes that missed a renewal. A stalled one may still renew its lease."""
    beats = timedelta(seconds=settings.PRESENCE_LEASE_INTERVAL) + LEASE_SLACK
    late = [held for held in standing.connections if now - held.beat > beats]
    if not late:
        return []
    dead_in = max(held.beat for held in late) + lease_timeout() - now
    all_of_them = len(standing.connections)
    if len(late) < all_of_them:
        whose = f"{len(late)} of {all_of_them} connections are of a process that does not beat"
    else:
        whose = "No process vouches for a connection of theirs any more"
    return [f"{whose}: unless it beats again, {_by_the_sweep(dead_in)}."]


def _of_nobody_there(standing: Standing, *, now: datetime) -> list[str]:
    """About a person who is shown as present, but whose grace runs or who has no connection."""
    if standing.status is PresenceStatus.OFFLINE:
        return []
    if standing.grace_until is not None:
        return [_of_grace(standing.grace_until - now)]
    if standing.connections:
        return []
    left = standing.last_heartbeat + presence_timeout() - now
    if left > timedelta():
        return [f"Unless something vouches for them again, {_by_the_sweep(left)}."]
    return [f"Nothing vouches for them any more: {_by_the_sweep()}."]


def _of_grace(left: timedelta) -> str:
    if left > grace() + LEASE_SLACK:
        return f"The clock was set back since their grace began: {_by_the_sweep()}."
    if left <= timedelta():
        return f"Their grace is over: {_by_the_sweep()}."
    return f"Their grace ends in {in_words(left)}. If no process sees to it, {_by_the_sweep(left)}."


def _of_choice(standing: Standing, *, now: datetime) -> list[str]:
    status, until = standing.choice.status, standing.choice.until
    if status is PresenceStatus.ONLINE:
        return []
    if until is None:
        return [f"Their choice, {status}, lasts until they make another."]
    if until > now:
        end = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return [f"Their choice, {status}, ends at {end}, in {in_words(until - now)}."]
    return [f"Their choice, {status}, is over. If no process sees to it, {_by_the_sweep()}."]


def _of_hiding(standing: Standing) -> list[str]:
    if not standing.is_hidden:
        return []
    return ["They show their presence to nobody, and appear as offline until they do."]


def _of_rest(standing: Standing) -> str:
    if not standing.connections:
        return "Offline until a client of theirs connects."
    if all(held.is_idle for held in standing.connections):
        return "Away until one of their devices is used or closed."
    return "Stays so while a device is connected and in use."
