"""What was measured: lines of one table, each with its ratio and its target."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import msgspec


class What(msgspec.Struct, frozen=True):
    """What a line is about."""

    row: str
    work: str
    unit: str


class Beside(msgspec.Struct, frozen=True):
    """Who did the same work, and the numbers of their rounds. None: they could not take part."""

    name: str
    numbers: Sequence[float] = ()


class Target(msgspec.Struct, frozen=True):
    """What a number must come to. ``of_peer``: its ratio to the peer's, instead of itself."""

    least: float | None = None
    most: float | None = None
    of_peer: bool = False

    def __str__(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return f"{bound} ×" if self.of_peer else bound

    def is_met(self, number: float) -> bool:
        """Whether the number is good enough."""
        return (self.least is None or number >= self.least) and (
            self.most is None or number <= self.most
        )


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A number, beside another's if there is one."""

    what: What
    ours: float
    spread: tuple[float, float]
    """The lowest and the highest of ours, of all rounds."""
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def line(
    what: What,
    ours: Sequence[float],
    *,
    beside: Beside | None = None,
    target: Target | None = None,
) -> Line:
    """The medians of the rounds, compared: a round that was disturbed does not count."""
    number = statistics.median(ours)
    theirs = statistics.median(beside.numbers) if beside and beside.numbers else None
    ratio = number / theirs if theirs else None
    judged = ratio if target is not None and target.of_peer else number
    return Line(
        what=what,
        ours=number,
        spread=(min(ours), max(ours)),
        peer=beside.name if beside else "",
        theirs=theirs,
        ratio=ratio,
        target=str(target or ""),
        met=None if target is None or judged is None else target.is_met(judged),
    )


def percentile(numbers: Iterable[float], percent: float) -> float:
    """The number that so many percent are not above."""
    ranked = sorted(numbers)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def table_of(lines: Iterable[Line]) -> str:
    """The lines in Markdown."""
    head = "| # | work | unit | here | beside it | there | ratio | target | met |"
    rows = [head, "| --- | --- | --- | ---: | --- | ---: | ---: | --- | --- |"]
    rows += ["| " + " | ".join(_cells(line)) + " |" for line in lines]
    return "\n".join(rows)


def _cells(line: Line) -> list[str]:
    met = "" if line.met is None else ("yes" if line.met else "**no**")
    there = "" if line.theirs is None else shown(line.theirs)
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    what = line.what
    return [
        what.row,
        what.work,
        what.unit,
        shown(line.ours),
        line.peer,
        there,
        ratio,
        line.target,
        met,
    ]


def shown(number: float) -> str:
    """Three significant digits are all that a measurement has."""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
