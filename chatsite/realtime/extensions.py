"""What the site's own server program can do beyond ASGI, if it is the one that runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatsite.realtime.frames import READ_EXTENSION, WRITE_EXTENSION


def ways_to_write(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The ways to send a frame that is built already, and to wait until it was sent: keyword
    arguments for ``Socket``. Empty with another server program."""
    ways: dict[str, Any] = _extensions(scope).get(WRITE_EXTENSION, {})
    return ways


def hold_reading(scope: Mapping[str, Any]) -> None:
    """Look at nothing that the client sends, as long as it is not known who they are."""
    _control_reading(scope, "hold")


def begin_reading(scope: Mapping[str, Any]) -> None:
    """Take in what the client sends: it is known who they are, and they are being let in."""
    _control_reading(scope, "begin")


def _control_reading(scope: Mapping[str, Any], verb: str) -> None:
    extension = _extensions(scope).get(READ_EXTENSION)
    if extension is not None:
        extension[verb]()


def _extensions(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    return scope.get("extensions") or {}
