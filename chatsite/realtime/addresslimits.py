"""How many connections of one address a process accepts, signed in or not."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from weakref import WeakKeyDictionary

from django.conf import settings

from chatsite.addresses import address_of

LOOPBACK_NETWORK = address_of(["::1"])

logger = logging.getLogger(__name__)


class AddressLimits:
    """Counts the open connections of each address.

    Connections without an address, over a Unix socket for example, and those of the machine itself
    are not counted: they come from a proxy that does not say whose they are.
    """

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._warned: set[str] = set()
        """Addresses at their limit that were logged already."""

    def enter(self, address: str) -> bool:
        """Whether one more connection may be open; if so it is counted until ``leave``."""
        limit = settings.STREAM_CONNECTIONS_PER_ADDRESS
        if limit and self._open[address] >= limit and not _is_of_this_machine(address):
            self._warn_once(address, limit)
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """A connection that was accepted has ended."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
            self._warned.discard(address)

    def _warn_once(self, address: str, limit: int) -> None:
        if address not in self._warned:
            self._warned.add(address)
            logger.warning(
                "%s has %s connections, as many as STREAM_CONNECTIONS_PER_ADDRESS allows. If that"
                " is a proxy, let the server believe what it says of its clients",
                address,
                limit,
            )


def _is_of_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_network(address).is_loopback or address == LOOPBACK_NETWORK
    except ValueError:
        return True


_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, AddressLimits] = WeakKeyDictionary()


def get_address_limits() -> AddressLimits:
    """The limits of the addresses of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _limits:
        _limits[loop] = AddressLimits()
    return _limits[loop]
