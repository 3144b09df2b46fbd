"""Clocks that are wrong: a library that goes into a process and tells it another time."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest


class WrongClock:
    """What a process that is started with ``environment`` takes for the time; it may be set while
    the process runs."""

    def __init__(self, directory: Path, *, ahead: float) -> None:
        self._file = directory / "wrong-clock"
        self.set(ahead=ahead)

    def set(self, *, ahead: float) -> None:
        """So many seconds ahead of the right time, or behind it where they are negative."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead:+f}\n")
        new.replace(self._file)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that give a process this clock. How fast time passes they leave alone."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


def _library() -> Path:
    found = find_spec("libfaketime")
    if found is None or found.origin is None:
        pytest.skip("the library for wrong clocks is made for Linux on x86-64 only")
    return Path(found.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
