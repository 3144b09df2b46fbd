"""Shows as offline those for whom nobody vouches any more; once, or every so often."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import close_old_connections

from presence import services


class Command(BaseCommand):
    """Servers sweep by themselves; this is for when none of them runs, and for looking."""

    help = "Show as offline the people whose servers or heartbeats are gone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--interval`` to stay, ``--dry-run`` to look."""
        parser.add_argument(
            "--interval", type=float, metavar="SECONDS", help="stay, and repeat this often"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and do nothing"
        )

    def handle(self, *, interval: float | None, dry_run: bool, **options: Any) -> None:
        """Sweep once, or until told to stop."""
        if interval is None:
            self._sweep(dry_run=dry_run)
            return
        if interval <= 0:
            raise CommandError("--interval must be more than 0 seconds.")
        stopped = threading.Event()
        before = {
            number: signal.signal(number, lambda *_: stopped.set())
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            self._keep_sweeping(stopped, interval=interval, dry_run=dry_run)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep_sweeping(self, stopped: threading.Event, *, interval: float, dry_run: bool) -> None:
        while not stopped.is_set():
            try:
                self._sweep(dry_run=dry_run)
            except DatabaseError as error:
                self.stderr.write(f"The database can't be reached, will try again: {error}")
            close_old_connections()
            stopped.wait(interval)

    def _sweep(self, *, dry_run: bool) -> None:
        result = services.sweep(now=datetime.now(UTC), dry_run=dry_run)
        tense = "would go" if dry_run else "went"
        ended = f" Chosen statuses that are over: {len(result.ended)}." if result.ended else ""
        self.stdout.write(
            f"Stale connections: {result.connections}.{ended}"
            f" People who {tense} offline: {len(result.offline)}."
        )
