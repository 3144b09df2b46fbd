"""How many passwords may be tried: from one address, and at one account.

1. All tries from an address count, right ones too, since each is hashed.
2. Wrong ones count for the account and the address together: who guesses from one place is
   stopped early, and the account's owner elsewhere is not.
3. Wrong ones count for the account, wherever they come from. Addresses from which its owner has
   signed in are excepted, so that no stranger with many addresses locks them out.
"""

from __future__ import annotations

from django.conf import settings

from chatsite.signin import known
from chatsite.signin.counters import Counter

MINUTE = 60
SPELL = 300
"""Seconds for which wrong passwords are counted."""

EVERYWHERE = 10
"""How many times as many wrong passwords are taken from all addresses together as from one."""


class Tries:
    """Those from one address, at one account or at none. What is empty is not counted."""

    def __init__(self, *, address: str, account: str) -> None:
        self._address = address
        self._account = account
        self._from_here = Counter(MINUTE, "address", address)
        self._wrong_here = Counter(SPELL, "account at address", account, address)
        self._wrong = Counter(SPELL, "account", account)

    def wait(self, *, now: float) -> float:
        """Count a try, and say after how many seconds it may be made; 0: now."""
        return max(self._wait_of_address(now), self._wait_of_account(now))

    def was_right(self) -> None:
        """The password was that of the account."""
        if self._account:
            known.remember(self._address, self._account)

    def was_wrong(self, *, now: float) -> None:
        """It was not."""
        if self._account:
            self._wrong_here.add(now=now)
            self._wrong.add(now=now)

    def _wait_of_address(self, now: float) -> float:
        if not self._address:
            return 0
        count = self._from_here.add(now=now)
        is_over = count > settings.PASSWORD_TRIES_PER_ADDRESS
        return self._from_here.rest(now=now) if is_over else 0

    def _wait_of_account(self, now: float) -> float:
        limit: int = settings.PASSWORD_TRIES_PER_ACCOUNT
        if not self._account:
            return 0
        if self._wrong_here.value(now=now) >= limit:
            return self._wrong_here.rest(now=now)
        if self._wrong.value(now=now) < limit * EVERYWHERE:
            return 0
        if known.is_known(self._address, self._account):
            return 0
        return self._wrong.rest(now=now)
