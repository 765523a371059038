"""Charts drawn here as SVG, without scripts or inline styles; the table beneath always says the same in figures."""

from collections.abc import Callable, Mapping, Sequence
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
    return _framed(parts, title, HEIGHT)


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


def _label(label: str, x: float, y: float = HEIGHT - 8) -> Markup:
    return Markup('<text x="%.1f" y="%d" text-anchor="middle">%s</text>') % (x, y, escape(label))



def lines(found: Sequence[Column], write: Callable[[int], str], title: str, series: Sequence[str]) -> Markup:
    """A line per series over places in order; nothing where there is nothing to draw."""
    top = _round_up(max((value for column in found for value in column.values), default=0))
    if not top:
        return Markup("")
    step = (WIDTH - LEFT - RIGHT) / len(found)
    parts = [_grid(top, write)]
    for n in range(len(series)):
        dots = [(LEFT + (at + 0.5) * step, _y(column.values[n], top)) for at, column in enumerate(found)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        parts.append(Markup('<polyline class="%s" points="%s"/>') % ("line" if n == 0 else "line-2", path))
    for at, column in enumerate(found):
        told = ", ".join(f"{series[n]} {write(value)}" for n, value in enumerate(column.values))
        parts.append(Markup('<g><title>%s: %s</title><circle class="dot" cx="%.1f" cy="%.1f" r="3"/></g>') % (
            column.label, told, LEFT + (at + 0.5) * step, _y(column.values[0], top)))
    every = max(1, -(-len(found) // LABELS_MAX))
    parts += [_label(found[n].label, LEFT + (n + 0.5) * step) for n in range(0, len(found), every)]
    return _framed(parts, title, HEIGHT)


ROW_HEIGHT, NAME_WIDTH = 26, 150


def matrix(
    cells: Mapping[tuple[str, ...], int], name: Callable[[int, str], str], write: Callable[[int], str]
) -> Markup:
    """Rows by columns, the more the darker; five shades, the figure in each."""
    rows, columns_ = (list(dict.fromkeys(key[at] for key in cells)) for at in (0, 1))
    most = max(map(abs, cells.values()), default=0)
    if not most or len(columns_) > LABELS_MAX or len(rows) > 2 * LABELS_MAX:
        return Markup("")
    step = (WIDTH - NAME_WIDTH - RIGHT) / len(columns_)
    height = TOP + ROW_HEIGHT * (len(rows) + 1)
    parts = [_label(name(1, key)[:14], NAME_WIDTH + (at + 0.5) * step, TOP + 6) for at, key in enumerate(columns_)]
    for n, row in enumerate(rows):
        y = TOP + ROW_HEIGHT * (n + 1)
        called = Markup('<text x="%d" y="%.1f" text-anchor="end">%s</text>')
        parts.append(called % (NAME_WIDTH - 8, y, name(0, row)[:16]))
        for at, column in enumerate(columns_):
            value = cells.get((row, column), 0)
            shade = -(-abs(value) * 5 // most)
            parts.append(Markup('<rect class="shade-%d" x="%.1f" y="%.1f" width="%.1f" height="%d"/>') % (
                shade, NAME_WIDTH + at * step, y - 17, max(1.0, step - 2), ROW_HEIGHT - 2))
            parts.append(_label(write(value) if value else "", NAME_WIDTH + (at + 0.5) * step, y))
    return _framed(parts, "", height)


def bubbles(
    found: Sequence[tuple[str, Sequence[int]]], names: Sequence[str], writes: Sequence[Callable[[int], str]]
) -> Markup:
    """Places by two figures, the third as the size of the bubble."""
    tops = [_round_up(max((row[1][at] for row in found), default=0)) for at in range(3)]
    if not tops[0] or not tops[1]:
        return Markup("")
    parts = [_grid(tops[1], writes[1])]
    for label, (across, up, size) in found:
        x = LEFT + (WIDTH - LEFT - RIGHT) * 0.95 * across / tops[0]
        radius = 6 + 18 * (size / tops[2] if tops[2] else 0)
        told = ", ".join(f"{names[n]} {writes[n](value)}" for n, value in enumerate((across, up, size)))
        parts.append(Markup('<g><title>%s: %s</title><circle class="bubble" cx="%.1f" cy="%.1f" r="%.1f"/></g>') % (
            label, told, x, _y(up, tops[1]), radius))
        parts.append(_label(label, x, _y(up, tops[1]) + 4))
    return _framed(parts, f"{names[0]} × {names[1]}", HEIGHT)


def _framed(parts: Sequence[Markup], title: str, height: float) -> Markup:
    frame = '<svg viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>'
    return Markup(frame) % (WIDTH, height, title, Markup("").join(parts))
