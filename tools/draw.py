"""Makes the docs' pictures and tables from the source.

    python -m tools.draw            writes what has changed
    python -m tools.draw --check    writes nothing; exit 1 if a file lags behind its source

A new picture is one line in OUTPUTS: the file and the function that returns its text.
"""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from firmware.flows.pump_nozzle import NOZZLE
from protocol.errors import REASONS
from protocol.messages import DOWN, MESSAGES, STRUCTS
from protocol.sale import SALE
from tools import asyncapi, dart_table, svg

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
# Where a step of the tap runs; the first folder of its file says it.
PLACES = {
    "hardware": ("the card", "#fde8d7"),
    "firmware": ("terminal", "#dcebfa"),
    "protocol": ("both ends", "#e8e6f7"),
    "gateway": ("store", "#ddf3e4"),
    "hq_server": ("head office", "#fbf1c9"),
}
STEP = re.compile(
    r"^\d+\. \*\*(?P<name>[^*]+)\*\* \[`(?P<path>[\w/.]+):(?P<what>[\w.]+)`\]\((?P<link>[^)]+)\): (?P<says>.+)$"
)
STAYS = "What is not drawn is refused. A box lists the events that leave its state as it is."


class Step(NamedTuple):
    """One link of the README's "Follow one tap"."""

    name: str
    path: str
    what: str
    link: str
    says: str


def steps(readme: str) -> list[Step]:
    """The numbered list of "Follow one tap". Raises ValueError for a line of it that has another form."""
    section = readme.partition("## Follow one tap")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if re.match(r"\d+\. ", line)]
    found = [STEP.match(line) for line in lines]
    for line, match in zip(lines, found, strict=True):
        if match is None:
            raise ValueError("not `1. **name** [`file:function`](file): sentence`: " + line)
    return [Step(**match.groupdict()) for match in found if match]


def defines(path: Path, what: str) -> bool:
    """Whether the file defines `what`: a function, a class, Class.method, or a name that is assigned at the top."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for name in what.split("."):
        node = next((node for node in body if name in _names(node)), None)
        if node is None:
            return False
        body = getattr(node, "body", [])
    return True


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def path_of_a_tap() -> str:
    """README's list as a picture, top to bottom."""
    row, width = 54, 860
    listed = steps(README.read_text(encoding="utf-8"))
    parts = []
    for number, step in enumerate(listed):
        top = 16 + number * row
        place, colour = PLACES.get(step.path.split("/")[0], ("", "#eeeeee"))
        parts.append(svg.box(16, top, width - 32, row - 14, colour))
        parts.append(svg.text(34, top + 25, "%d" % (number + 1), 14, svg.FAINT, bold=True))
        parts.append(svg.text(62, top + 25, step.name, 14, bold=True))
        parts.append(svg.text(250, top + 17, "%s  %s" % (step.path, step.what), 12))
        parts.append(svg.text(250, top + 33, plain(step.says)[:95], 11, svg.FAINT))
        parts.append(svg.text(width - 34, top + 25, place, 12, svg.FAINT, "end"))
        if number:
            parts.append(svg.arrow("M40 %d V%d" % (top - 14, top)))
    return svg.page(width, 24 + row * len(listed), "The path of a tap, step by step", parts)


def plain(markdown: str) -> str:
    """Without backquotes and links."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")


def sale_states() -> str:
    return states("The life of a sale", SALE)


def nozzle_states() -> str:
    return states("The life of a nozzle", {key: (after, ()) for key, after in NOZZLE.items()})


def states(title: str, table: dict) -> str:
    """A state table {(state, event): (state, effects)}: states in a row, ways forward above, ways back below."""
    names = list(dict.fromkeys(state for state, _ in table))
    step, width = 190, 190 * len(names) + 40
    centre = {name: 20 + step * at + step // 2 for at, name in enumerate(names)}
    furthest = max(abs(centre[state] - centre[after]) for (state, _), (after, _) in table.items())
    middle = max(290, 120 + int(furthest * 0.22))
    moves: dict[tuple[str, str], list[str]] = {}
    for (state, event), (after, _) in table.items():
        moves.setdefault((state, after), []).append(event)
    parts = [svg.text(20, 32, title, 16, bold=True)]
    parts += [svg.text(20, 52, STAYS, 12, svg.FAINT)]
    for name in names:
        stays = moves.get((name, name), [])
        parts.append(svg.box(centre[name] - 70, middle - 36, 140, 72, "#dcebfa", "#8fb4d9"))
        parts.append(svg.text(centre[name], middle - 14, name, 14, anchor="middle", bold=True))
        for row, at in enumerate(range(0, len(stays), 2)):
            pair = ", ".join(stays[at : at + 2])
            parts.append(svg.text(centre[name], middle + 4 + 13 * row, pair, 10, svg.FAINT, "middle"))
    for (state, after), events in moves.items():
        if state != after:
            parts += _arc(centre[state], centre[after], middle, events)
    return svg.page(width, 2 * middle - 40, title, parts)


def _arc(start: int, end: int, middle: int, events: list[str]) -> list[str]:
    """A bent arrow; the further it goes the higher it bends. Its label sits on the bend."""
    side = -1 if end > start else 1
    reach = 46 + abs(end - start) * 0.22
    edge, bend = middle + side * 37, middle + side * (37 + reach * 1.1)
    a, b = (start + 22, end - 22) if end > start else (start - 22, end + 22)
    path = "M%d %d C%d %d %d %d %d %d" % (a, edge, a, bend, b, bend, b, edge)
    label_y = middle + side * (37 + reach * 0.83) + (12 if side > 0 else -6)
    return [svg.arrow(path), svg.text((start + end) / 2, label_y, ", ".join(events), 11, anchor="middle")]


def messages() -> str:
    """The message table and the reason codes for people."""
    parts = ["# Messages between terminal and gateway\n", "Made from `protocol/messages.py` by `make draw`.\n"]
    for name, (sender, answers, fields) in MESSAGES.items():
        way = "gateway to terminal" if sender == DOWN else "terminal to gateway"
        asked = "; answered by %s" % ", ".join("`%s`" % answer for answer in answers) if answers else ""
        parts += ["## %s\n" % name, "%s%s\n" % (way.capitalize(), asked), *_field_rows(fields)]
    for name, fields in STRUCTS.items():
        parts += ["## %s (part of a message)\n" % name, *_field_rows(fields)]
    parts += ["## Reasons\n", "What `refused` may say.\n", "| code | what it means, what to do |", "|---|---|"]
    parts += ["| `%s` | %s |" % reason for reason in REASONS.items()]
    return "\n".join(parts).rstrip() + "\n"


def _field_rows(fields: tuple) -> list[str]:
    rows = ["| field | type | |", "|---|---|---|"]
    for line in fields:
        head, _, says = line.partition(" | ")
        name, _, kind = head.partition(" ")
        absent = " (may be absent)" if name.endswith("?") else ""
        rows.append("| `%s`%s | %s | %s |" % (name.rstrip("?"), absent, kind, says))
    return [*rows, ""]


OUTPUTS: dict[str, Callable[[], str]] = {
    "docs/path_of_a_tap.svg": path_of_a_tap,
    "docs/sale_states.svg": sale_states,
    "docs/nozzle_states.svg": nozzle_states,
    "docs/messages.md": messages,
    "docs/dart.md": dart_table.document,
    "protocol/asyncapi.yaml": asyncapi.document,
}


def lagging() -> list[str]:
    """Files that are not what their source says now."""
    return [name for name, make in OUTPUTS.items() if _current(ROOT / name) != make()]


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    late = lagging()
    if "--check" in sys.argv[1:]:
        print("\n".join("%s lags: make draw" % name for name in late))
        return 1 if late else 0
    for name in late:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(OUTPUTS[name](), encoding="utf-8")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
