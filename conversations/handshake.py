"""What a client says in connecting: the query of the address, and the headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from conversations.cursors import Cursors, is_number, parse_resume

DEVICE_LIMIT = 200
"""Characters that are kept of what the client calls its device."""


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """What is malformed is as if it had not been said."""

    people: int | None
    """The version of people up to which the client knows their names, if it counts them."""
    resume: Cursors
    """How far it got in the conversations that it knows."""
    device: str
    """What it calls its device; else its ``User-Agent``."""
    is_idle: bool
    """Whether nobody has used the device for a while."""


def parse_handshake(scope: Mapping[str, Any]) -> Handshake:
    """What the ASGI ``scope`` of a WebSocket connection says."""
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"))
    people = query.get("people", [""])[0]
    return Handshake(
        people=int(people) if is_number(people) else None,
        resume=parse_resume(query.get("resume", [""])[0]),
        device=_device(query, scope),
        is_idle=query.get("idle") == ["true"],
    )


def _device(query: dict[str, list[str]], scope: Mapping[str, Any]) -> str:
    named = query.get("device", [""])[0]
    agent: str = dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")
    return (named or agent).replace("\0", "")[:DEVICE_LIMIT]
