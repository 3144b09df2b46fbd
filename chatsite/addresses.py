"""From where somebody comes, as far as it tells two people apart."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

HOME = 64
"""Bits of an IPv6 address that one customer of a provider has in common."""


def address_of(client: Sequence[object] | None) -> str:
    """The client of an ASGI scope, which the server program has from its proxy if it believes it:
    an IPv4 address, or the network of an IPv6 address. Empty, if there is none."""
    said = str(client[0] or "") if client else ""
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return said
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), HOME), strict=False))
