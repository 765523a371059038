"""A list of cards to make, and what has been made of it: two CSV files beside each other.

    todo   account[,note]                                    one row a card; a header is passed over
    done   row,account,card,key_sets,at,told                 written after each card, read again at the next start

A desk that stops, or loses power, goes on where it was: rows that are done are passed over, and a card that head office
was not told of is told of then.
"""

import csv
import io
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from protocol.ids import is_account

COLUMNS = ("row", "account", "card", "key_sets", "at", "told")


class Todo(NamedTuple):
    """One card to make."""

    row: int
    account: str
    note: str


class Done(NamedTuple):
    """One card that was made. told: yes, or no."""

    row: int
    account: str
    card: str
    key_sets: str
    at: str
    told: str


class BadList(Exception):
    """A list that cannot be worked off; says which row."""


def read_todo(path: Path) -> list[Todo]:
    """The cards to make. Raises BadList."""
    found, seen = [], {}
    for number, cells in enumerate(csv.reader(io.StringIO(path.read_text("utf-8-sig"))), 1):
        account, note = (cells + ["", ""])[:2]
        account = account.strip().lower()
        if not account or (number == 1 and account == "account"):
            continue
        if not is_account(account):
            raise BadList(f"row {number}: {account!r} is no account (32 hex digits)")
        if account in seen:
            raise BadList(f"row {number}: the same account as row {seen[account]}")
        seen[account] = number
        found.append(Todo(number, account, note.strip()))
    return found


def read_done(path: Path) -> list[Done]:
    """What was made before; of a row the last line counts. A line that a power cut left unfinished is passed over."""
    if not path.exists():
        return []
    rows = [cells for cells in csv.reader(io.StringIO(path.read_text())) if len(cells) == len(COLUMNS)]
    found = {int(cells[0]): Done(int(cells[0]), *cells[1:]) for cells in rows if cells[0].isdecimal()}
    return list(found.values())


def write_done(path: Path, done: Done) -> None:
    """One line more, on the disk when this returns."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        if not fresh and not path.read_bytes().endswith(b"\n"):
            file.write("\r\n")  # what a power cut left unfinished ends here
        rows = csv.writer(file)
        if fresh:
            rows.writerow(COLUMNS)
        rows.writerow(done)
        file.flush()
        os.fsync(file.fileno())


def printed(done: Iterable[Done], notes: dict[int, str]) -> str:
    """To be put on paper beside the pile of cards, in its order."""
    lines = [f"{'row':>5}  {'card':<20}  {'account':<32}  {'made':<20}  note"]
    for one in done:
        told = "" if one.told == "yes" else "  (head office does not know yet)"
        lines.append(f"{one.row:>5}  {one.card:<20}  {one.account:<32}  {one.at:<20}  {notes.get(one.row, '')}{told}")
    return "\n".join(lines)


def moment(now_s: float) -> str:
    """2026-11-23T22:15:00Z"""
    return datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
