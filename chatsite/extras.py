"""System checks of the package's extras: what can't be done without one that is not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

DRAWING = ("PIL", "pillow_heif")
"""What the extra ``media`` brings."""


def check_media(**_: Any) -> list[CheckMessage]:
    """Pictures are drawn anew before anybody sees them, by what the extra ``media`` brings."""
    if all(map(find_spec, DRAWING)):
        return []
    return [
        CheckWarning(
            "Pillow or pillow-heif is not installed, so every picture that is uploaded is refused.",
            hint="pip install chatsite[media]",
            id="chatsite.W020",
        )
    ]
