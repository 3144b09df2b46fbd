"""What a siege is told in: one line for each assault, and what is beyond its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tests.siege.bystanders import KINDS, NOISE, Waits


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


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What happened for a while."""

    said: str
    """What the attacker did in it, and saw."""
    seconds: float
    cpu: float
    """Seconds of processor time that the servers took, all of their processes included."""
    waits: Mapping[str, Waits]
    """Of the others, by kind."""

    def __str__(self) -> str:
        waits = "; ".join(f"{kind} {_line(self.waits[kind])}" for kind in KINDS)
        took = f"{self.seconds:.1f} s, of which the servers computed {self.cpu:.1f} s"
        return f"{self.said}\n        {took}\n        {waits}"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one assault did."""

    name: str
    stages: Sequence[Stage]
    megabytes: float
    """That the servers held more than before, at the most."""
    recovery: float
    beside: Sequence[Stage]
    """What each stage is compared with."""
    bounds: Bounds

    def faults(self) -> Iterator[str]:
        """What is beyond the bounds."""
        if self.megabytes > self.bounds.megabytes:
            yield f"{self.name}: the servers grew by {self.megabytes:.0f} MB"
        if self.recovery > self.bounds.recovery:
            yield f"{self.name}: others waited {self.recovery:.1f} s to be well again"
        for stage, beside in zip(self.stages, self.beside, strict=True):
            for kind in KINDS:
                if kind not in self.bounds.refuses:
                    yield from self._faults_of(kind, stage.waits[kind], beside.waits[kind])

    def _faults_of(self, kind: str, waits: Waits, beside: Waits) -> Iterator[str]:
        p99, longest = waits.percentile(0.99), max(waits.times, default=0.0)
        limit = max(NOISE, self.bounds.slower * beside.percentile(0.99))
        if waits.failures:
            yield f"{self.name}: {waits.failures} of others' {kind}s failed"
        if p99 > limit:
            yield f"{self.name}: the p99 of others' {kind}s was {p99:.0f} ms, above {limit:.0f}"
        if longest > self.bounds.longest:
            yield f"{self.name}: one of others' {kind}s took {longest:.0f} ms"

    def __str__(self) -> str:
        stages = "".join(f"\n    {stage}" for stage in self.stages)
        grown = f"+{self.megabytes:.0f} MB, well again after {self.recovery:.1f} s"
        return f"{self.name}: {grown}{stages}"


def _line(waits: Waits) -> str:
    p50, p99 = waits.percentile(0.5), waits.percentile(0.99)
    failed = f", {waits.failures} failed" if waits.failures else ""
    return f"p50 {p50:.0f}, p99 {p99:.0f}, longest {max(waits.times, default=0):.0f} ms{failed}"
