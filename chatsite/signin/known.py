"""Addresses from which somebody has signed in, as all processes know them."""

from __future__ import annotations

from chatsite.signin.counters import ask, key_of

REMEMBERED = 30 * 24 * 3600
"""Seconds for which it is known from where somebody has signed in."""


def remember(address: str, account: str = "") -> None:
    """Somebody signed in from there: to this account, or to any. What has no address is not
    remembered."""
    if address:
        ask(lambda cache: cache.set(_key(address, account), 1, REMEMBERED))


def is_known(address: str, account: str = "") -> bool:
    """Whether somebody has signed in from there, lately: to this account, or to any."""
    return bool(address and ask(lambda cache: cache.get(_key(address, account))))


def _key(address: str, account: str) -> str:
    return key_of("known", account, address)
