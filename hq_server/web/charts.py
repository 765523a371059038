"""Charts drawn here as SVG, without scripts or inline styles; the table beneath always says the same in figures."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

WIDTH, HEIGHT = 900, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 14, 26
LABELS_MAX = 12
BAR_MAX = 46


class Column(NamedTuple):
    label: str
    values: Sequence[int]


def columns(found: Sequence[Column], write: Callable[[int], str], title: str, series: Sequence[str]) -> Markup:
    """Columns side by side per place, one class per series; nothing at all where there is nothing to draw."""
    top = _round_up(max((value for column in found for value in column.values), default=0))
    if not top:
        return Markup("")
    step = (WIDTH - LEFT - RIGHT) / len(found)
    parts = [_grid(top, write)]
    parts += [_column(column, LEFT + n * step, step, top, write, series) for n, column in enumerate(found)]
    every = max(1, -(-len(found) // LABELS_MAX))  # not more labels than fit beside each other
    parts += [_label(found[n].label, LEFT + (n + 0.5) * step) for n in range(0, len(found), every)]
    frame = '<svg viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>'
    return Markup(frame) % (WIDTH, HEIGHT, title, Markup("").join(parts))


def _round_up(value: int) -> int:
    """To 1, 2, 2.5, 5 or 10 times a power of ten, so that the axis has plain figures."""
    if value <= 0:
        return 0
    power = 10 ** max(0, len(str(value)) - 1)
    return next(n * power // 10 for n in (10, 20, 25, 40, 50, 60, 80, 100) if n * power >= value * 10)


def _y(value: int, top: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - max(0, value) / top)


def _grid(top: int, write: Callable[[int], str]) -> Markup:
    lines = []
    for quarter in range(0, 5, 2 if top < 4 else 1):
        value = top * quarter // 4
        y = _y(value, top)
        lines.append(Markup('<line class="axis" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>') % (LEFT, WIDTH - RIGHT, y, y))
        lines.append(Markup('<text x="%d" y="%.1f" text-anchor="end">%s</text>') % (LEFT - 8, y + 4, write(value)))
    return Markup("").join(lines)


def _column(column: Column, x: float, step: float, top: int, write: Callable[[int], str], series: Sequence[str]):
    width = min(BAR_MAX, step * 0.72 / len(column.values))
    start = x + (step - width * len(column.values)) / 2
    bars, told = [], []
    for n, value in enumerate(column.values):
        y = _y(value, top)
        bars.append(Markup('<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"/>') % (
            "bar" if n == 0 else "bar-2", start + n * width, y, max(1.0, width - 2), max(0.0, _y(0, top) - y)))
        told.append(f"{series[n]} {write(value)}")
    return Markup("<g><title>%s: %s</title>%s</g>") % (column.label, ", ".join(told), Markup("").join(bars))


def _label(label: str, x: float) -> Markup:
    return Markup('<text x="%.1f" y="%d" text-anchor="middle">%s</text>') % (x, HEIGHT - 8, escape(label))

