"""``manage.py sweep_presence``."""

from __future__ import annotations

import os
import signal
import threading
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from presence import selectors, services
from presence.models import PresenceLease
from tests.presence.conftest import OpenTab


def sweep(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("sweep_presence", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_what_it_did(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    assert sweep() == "Stale connections: 1. People who went offline: 1.\n"
    assert sweep() == "Stale connections: 0. People who went offline: 0.\n"
    assert not selectors.is_online(alice.pk)


def test_a_dry_run_only_says_it(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    said = "Stale connections: 1. People who would go offline: 1.\n"
    assert sweep("--dry-run") == said
    assert sweep("--dry-run") == said
    assert selectors.is_online(alice.pk)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stays_until_told_to_stop(
    alice: User, open_tab: OpenTab, number: signal.Signals
) -> None:
    open_tab(alice)
    before = signal.getsignal(number)
    told = threading.Timer(0.5, os.kill, (os.getpid(), number))
    told.start()
    said = sweep("--interval", "0.05").splitlines()
    told.join()
    assert said[0] == "Stale connections: 1. People who went offline: 1."
    assert len(said) > 1
    assert set(said[1:]) == {"Stale connections: 0. People who went offline: 0."}
    assert signal.getsignal(number) is before


def test_an_interval_is_more_than_nothing(alice: User) -> None:
    services.beat(process="one", now=alice.date_joined)
    with pytest.raises(CommandError, match="more than 0 seconds"):
        sweep("--interval", "0")
    assert PresenceLease.objects.exists()
