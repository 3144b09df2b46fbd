"""Commands that servers do by themselves too: once by hand, or every so often."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import close_old_connections

from chatsite.realtime import clock


class SweepCommand(BaseCommand):
    """``--interval`` to stay, ``--dry-run`` to look; a subclass says what a sweep is."""

    def sweep(self, *, dry_run: bool) -> str:
        """Sweep once, and say what was done, or would be."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the two."""
        parser.add_argument(
            "--interval", type=float, metavar="SECONDS", help="stay, and repeat this often"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and do nothing"
        )

    def handle(self, *, interval: float | None, dry_run: bool, **options: Any) -> None:
        """Sweep once, or until told to stop."""
        if interval is None:
            self._sweep_now(dry_run=dry_run)
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
                self._sweep_now(dry_run=dry_run)
            except DatabaseError as error:
                self.stderr.write(f"The database can't be reached, will try again: {error}")
            close_old_connections()
            stopped.wait(interval)

    def _sweep_now(self, *, dry_run: bool) -> None:
        clock.learn()
        self.stdout.write(self.sweep(dry_run=dry_run))
