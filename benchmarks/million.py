"""What a million people online would take, computed from what was measured."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.results import Line

PEOPLE = 1_000_000
HEARTBEATS = 1 / 30
"""Of each, a second."""

TYPING = 2 / 60
"""Changes of typing of each, a second: they write one message a minute."""

VIEWERS = 10
"""Who is told of each."""


def text_of(lines: Iterable[Line]) -> str:
    """The estimate in words; what it rests on must have been measured."""
    found = {(line.what.row, line.what.unit): line.ours for line in reversed(list(lines))}
    names = {
        "memory": ("3", "KB of memory a connection"),
        "heartbeat": ("5", "server's CPU µs"),
        "delivery": ("10", "all servers' CPU µs a delivery"),
        "broker": ("10", "all Redis' CPU µs a delivery"),
        "storm": ("4", "people/s"),
        "messages": ("7", "messages/s"),
    }
    if not all(key in found for key in names.values()):
        return ""
    cost = {name: found[key] for name, key in names.items()}
    deliveries = PEOPLE * TYPING * VIEWERS
    beats = PEOPLE * HEARTBEATS * cost["heartbeat"] / 1e6
    typing = deliveries * cost["delivery"] / 1e6
    broker = deliveries * cost["broker"] / 1e6
    said = PEOPLE / 60
    memory = PEOPLE * cost["memory"] / 1024**2
    return (
        f"A million people online, computed from the rows above: {memory:,.0f} GB of memory for"
        f" their connections; {beats:.1f} cores for a heartbeat of each every 30 s;"
        f" {typing:,.0f} cores, and {broker:.1f} of Redis over as many servers, for typing, if"
        f" each writes a message a minute to {VIEWERS} viewers ({deliveries:,.0f} deliveries/s);"
        f" {said / cost['messages']:,.0f} cores to store and tell these {said:,.0f} messages/s,"
        " beside PostgreSQL;"
        f" and if all come back at once, {PEOPLE / cost['storm'] / 60:,.0f} minutes of one core,"
        " or a minute of as many."
    )
