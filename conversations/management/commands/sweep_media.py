"""Removes what was uploaded and never sent; once, or every so often."""

from __future__ import annotations

from chatsite.commands import SweepCommand
from chatsite.realtime import clock
from conversations import services


class Command(SweepCommand):
    """Servers sweep by themselves; this is for when none of them runs, and for looking."""

    help = "Remove uploads that no message carries and that are older than MEDIA_ORPHAN_AGE."

    def sweep(self, *, dry_run: bool) -> str:
        """What ``services.sweep_media`` does, to all there are."""
        result = services.sweep_media(now=clock.now(), dry_run=dry_run, limit=1_000_000)
        tense = "would be removed" if dry_run else "were removed"
        return f"Uploads that {tense}: {result.uploads}. Bytes: {result.bytes}."
