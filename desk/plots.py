"""Plots as SVG, drawn here: no script, no inline style; what they show is also in a table below each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

WIDTH, HEIGHT = 560, 180
LEFT, BOTTOM, TOP = 4, 2, 10


@dataclass(frozen=True)
class Mark:
    """A bar: where it stands, and the words that are shown when the pointer is on it."""

    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Series:
    """The values of one colour in the plot and of one column in its table."""

    name: str
    values: Sequence[Any]
    write: Callable[[Any], str] = str


@dataclass(frozen=True)
class Plot:
    """A plot as its template draws it, in a box of WIDTH by HEIGHT."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    bars: list[Mark] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    top: str = ""
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def base(self) -> int:
        """The y of the axis."""
        return HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    @property
    def ends(self) -> tuple[str, str]:
        """The words below the axis: of the first and of the last value."""
        return self.labels[0], self.labels[-1]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same as a table."""
        written = [[_written(one, value) for value in one.values] for one in self.series]
        return list(zip(self.labels, map(list, zip(*written, strict=True)), strict=True))


def columns(title: str, labels: Sequence[str], series: Sequence[Series]) -> Plot:
    """A column for each value of the first series; its words also name the values of the others."""
    first = series[0]
    most = max([*first.values, 1])
    step = (WIDTH - 2 * LEFT) / len(labels)
    bars = []
    for at, value in enumerate(first.values):
        height = _height(value, most)
        says = [labels[at], *(f"{one.name}: {_written(one, one.values[at])}" for one in series)]
        x = LEFT + at * step + step * 0.12
        bars.append(Mark(_r(x), _r(HEIGHT - BOTTOM - height), _r(step * 0.76), _r(height), " · ".join(says)))
    return Plot(title, labels, series, bars=bars, top=_written(first, most) if any(first.values) else "")


def curves(title: str, labels: Sequence[str], series: Sequence[Series]) -> Plot:
    """A line for each series, broken where a value is missing."""
    most = max([value for one in series for value in one.values if value is not None] or [0])
    step = (WIDTH - 2 * LEFT) / max(len(labels) - 1, 1)
    lines = [_path(one.values, step, most or 1) for one in series]
    return Plot(title, labels, series, lines=lines, top=_written(series[0], most) if most else "")


@dataclass(frozen=True)
class Row:
    """One line of a bar list: words, a link, and how long its bar is (of 100)."""

    label: str
    value: str
    length: float
    link: str = ""
    kind: str = ""


def bar_list(rows: Sequence[tuple[str, int, str, str]]) -> list[Row]:
    """Rows of (label, value, link, kind), the longest bar whole."""
    most = max([value for _label, value, _link, _kind in rows] or [0]) or 1
    return [Row(label, f"{value:,}", _r(100 * value / most), link, kind) for label, value, link, kind in rows]


def _path(values: Sequence[float | None], step: float, most: float) -> str:
    """The d of an SVG path; a value alone among missing ones is a dot (a line of no length)."""
    parts = []
    for at, (before, value) in enumerate(pairwise([None, *values])):
        if value is not None:
            x, y = _r(LEFT + at * step), _r(HEIGHT - BOTTOM - _height(value, most))
            parts.append(f"M{x} {y}h0" if before is None else f"L{x} {y}")
    return "".join(parts)


def _height(value: Any, most: Any) -> float:
    return float(value / most) * (HEIGHT - BOTTOM - TOP)


def _written(series: Series, value: Any) -> str:
    return "–" if value is None else series.write(value)


def _r(number: float) -> float:
    return round(number, 1)
