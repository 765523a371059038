"""Just enough SVG for the docs: text, boxes, arrows; drawn in a light card so that it reads on any page."""

from html import escape

FONT = "font-family='system-ui, sans-serif'"
INK, FAINT, PAPER = "#1f2933", "#7b8794", "#ffffff"


def page(width: int, height: int, title: str, parts: list[str]) -> str:
    """A whole file. Sizes in pixels; `title` is what a screen reader says."""
    tip = "id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' orient='auto-start-reverse'"
    arrow = "<marker %s><path d='M0 0 8 4 0 8z' fill='%s'/></marker>" % (tip, INK)
    head = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' role='img' %s>" % (
        width, height, width, height, FONT)  # fmt: skip
    card = "<rect width='%d' height='%d' rx='10' fill='%s' stroke='#d9dee3'/>" % (width, height, PAPER)
    body = [head, "<title>%s</title>" % escape(title), "<defs>%s</defs>" % arrow, card, *parts, "</svg>"]
    return "\n".join(body) + "\n"


def text(
    x: float, y: float, words: str, size: int = 13, fill: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    weight = " font-weight='600'" if bold else ""
    place = "x='%g' y='%g' font-size='%d' fill='%s' text-anchor='%s'%s" % (x, y, size, fill, anchor, weight)
    return "<text %s>%s</text>" % (place, escape(words))


def box(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    place = "x='%g' y='%g' width='%g' height='%g'" % (x, y, width, height)
    return "<rect %s rx='8' fill='%s' stroke='%s'/>" % (place, fill, stroke)


def arrow(path: str) -> str:
    """`path` as in the d of an SVG path; the tip is at its end."""
    return "<path d='%s' fill='none' stroke='%s' stroke-width='1.4' marker-end='url(#tip)'/>" % (path, INK)
