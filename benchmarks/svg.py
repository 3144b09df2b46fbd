"""Curves on logarithmic axes, as SVG: equal slopes are equal growth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import msgspec

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLORS = ("#2563eb", "#dc2626", "#059669", "#d97706")

Points = Sequence[tuple[float, float]]


class Plot(msgspec.Struct, frozen=True):
    """What is to be seen."""

    title: str
    across: str
    """What grows to the right."""
    up: str
    curves: Mapping[str, Points]


class _Axis:
    """From numbers to places between two ends, by powers of ten."""

    def __init__(self, numbers: Sequence[float], start: float, end: float) -> None:
        self.low = math.floor(math.log10(min(numbers)))
        self.high = max(math.ceil(math.log10(max(numbers))), self.low + 1)
        self._start = start
        self._step = (end - start) / (self.high - self.low)

    def place(self, number: float) -> float:
        """Where the number is."""
        return self._start + (math.log10(number) - self.low) * self._step

    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def svg_of(plot: Plot) -> str:
    """The plot, on white so that it can be read on any page."""
    points = [point for curve in plot.curves.values() for point in curve]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, *_frame(plot, across, up), *_curves(plot, across, up), "</svg>", ""])


def _frame(plot: Plot, across: _Axis, up: _Axis) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield _text(WIDTH / 2, 20, plot.title, "middle", 15)
    for number in across.ticks():
        x = across.place(number)
        yield _line(x, TOP, x, HEIGHT - BOTTOM)
        yield _text(x, HEIGHT - BOTTOM + 18, f"{number:,g}", "middle")
    for number in up.ticks():
        y = up.place(number)
        yield _line(LEFT, y, WIDTH - RIGHT, y)
        yield _text(LEFT - 6, y + 4, f"{number:,g}", "end")
    yield _text(WIDTH / 2, HEIGHT - 12, plot.across, "middle")
    yield _text(LEFT, TOP - 6, plot.up, "start")


def _curves(plot: Plot, across: _Axis, up: _Axis) -> Iterator[str]:
    for number, (name, points) in enumerate(plot.curves.items()):
        color = COLORS[number % len(COLORS)]
        places = [(across.place(x), up.place(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
        yield _text(LEFT + 10, TOP + 16 + 16 * number, name, "start", color=color)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'


def _text(
    x: float, y: float, text: str, anchor: str, size: int = 12, *, color: str = "#111"
) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} font-size="{size}" fill="{color}">{escape(text)}</text>'
