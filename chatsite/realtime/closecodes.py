"""The codes with which the site closes a WebSocket connection."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a connection was closed, as the protocol lists it."""

    TOO_LARGE = 1009
    FAILED = 1011
    UNAVAILABLE = 1013
    SIGNED_OUT = 4401
    SILENT = 4408
    WRONG_ACCOUNT = 4409
    FORCED = 4410
    TOO_MANY = 4429
    SLOW = 4503
