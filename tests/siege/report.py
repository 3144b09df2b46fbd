"""What a siege is told in: one line for each assault, and what is beyond its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from tests.siege.bystanders import KINDS, Waits

NOISE = 100.0
"""Milliseconds that say nothing on a machine that the load shares with the servers."""


class Bounds(msgspec.Struct, frozen=True):
    """What an assault may do to others at most."""

    megabytes: float = 100
    slower: float = 2
    """How many times as long the p99 of others may be as when all is quiet."""
    recovery: float = 5
    """Seconds until they wait no longer than that."""
    longest: float = 5_000
    """Milliseconds that anything of theirs may take."""
    refuses: frozenset[str] = frozenset()
    """What may fail meanwhile, since it needs what is away."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one assault did."""

    name: str
    said: str
    """What the attacker saw."""
    megabytes: float
    """That the servers held more than before, at the most."""
    recovery: float
    waits: Mapping[str, Waits]
    quiet: Mapping[str, Waits]
    bounds: Bounds

    def faults(self) -> Iterator[str]:
        """What is beyond the bounds."""
        if self.megabytes > self.bounds.megabytes:
            yield f"{self.name}: the servers grew by {self.megabytes:.0f} MB"
        if self.recovery > self.bounds.recovery:
            yield f"{self.name}: others waited {self.recovery:.1f} s to be well again"
        for kind in KINDS:
            if kind not in self.bounds.refuses:
                yield from self._faults_of(kind)

    def _faults_of(self, kind: str) -> Iterator[str]:
        waits = self.waits[kind]
        p99, longest = waits.percentile(0.99), max(waits.times, default=0.0)
        limit = max(NOISE, self.bounds.slower * self.quiet[kind].percentile(0.99))
        if waits.failures:
            yield f"{self.name}: {waits.failures} of others' {kind}s failed"
        if p99 > limit:
            yield f"{self.name}: the p99 of others' {kind}s was {p99:.0f} ms, above {limit:.0f}"
        if longest > self.bounds.longest:
            yield f"{self.name}: one of others' {kind}s took {longest:.0f} ms"

    def __str__(self) -> str:
        waits = "; ".join(f"{kind} {_line(self.waits[kind])}" for kind in KINDS)
        grown = f"+{self.megabytes:.0f} MB, well again after {self.recovery:.1f} s"
        return f"{self.name}: {self.said}\n    {grown}\n    {waits}"


def quiet_line(waits: Mapping[str, Waits]) -> str:
    """What others wait for when all is quiet."""
    return "quiet\n    " + "; ".join(f"{kind} {_line(waits[kind])}" for kind in KINDS)


def _line(waits: Waits) -> str:
    p50, p99 = waits.percentile(0.5), waits.percentile(0.99)
    failed = f", {waits.failures} failed" if waits.failures else ""
    return f"p50 {p50:.0f}, p99 {p99:.0f}, longest {max(waits.times, default=0):.0f} ms{failed}"
