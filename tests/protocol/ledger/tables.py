"""Reads aligned text tables: a header, then one row per line; columns end at '|' or two spaces, '-' is empty."""

import re

_COLUMN = re.compile(r"\s*\|\s*|\s{2,}")


def rows(table: str) -> list[dict[str, str]]:
    """Each row as {column: cell}; lines of dashes and empty lines are decoration."""
    lines = [line.strip() for line in table.splitlines() if line.strip(" -|")]
    header = _COLUMN.split(lines[0])
    return [_row(header, line) for line in lines[1:]]


def _row(header: list[str], line: str) -> dict[str, str]:
    cells = _COLUMN.split(line)
    assert len(cells) == len(header), f"{len(cells)} cells under {len(header)} columns: {line}"
    return {name: "" if cell == "-" else cell for name, cell in zip(header, cells, strict=True)}
