"""Shows as offline those for whom nobody vouches any more; once, or every so often."""

from __future__ import annotations

from chatsite.commands import SweepCommand
from chatsite.realtime import clock
from presence import services


class Command(SweepCommand):
    """Servers sweep by themselves; this is for when none of them runs, and for looking."""

    help = "Show as offline the people whose servers or heartbeats are gone."

    def sweep(self, *, dry_run: bool) -> str:
        """What ``services.sweep`` does."""
        result = services.sweep(now=clock.now(), dry_run=dry_run)
        tense = "would go" if dry_run else "went"
        ended = f" Chosen statuses that are over: {len(result.ended)}." if result.ended else ""
        return (
            f"Stale connections: {result.connections}.{ended}"
            f" People who {tense} offline: {len(result.offline)}."
        )
