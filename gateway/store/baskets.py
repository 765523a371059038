"""Baskets being filled: at most one per lane, at most 200 lines (protocol.messages.BASKET_LINES_MAX)."""

import sqlite3
from typing import NamedTuple

from gateway.core.pricing import BasketLine


class Basket(NamedTuple):
    """The lane's newest basket; paid ones take no more lines."""

    basket: int
    paid: bool


def current(db: sqlite3.Connection, lane: tuple) -> Basket:
    """The basket of a lane (terminal, journal, lane); number 0 if there never was one."""
    query = "SELECT basket, paid FROM baskets WHERE terminal = ? AND journal = ? AND lane = ?"
    row = db.execute(query, lane).fetchone()
    return Basket(row[0], bool(row[1])) if row else Basket(0, False)


def open_new(db: sqlite3.Connection, lane: tuple, basket: int) -> None:
    """Starts a basket; the one before it in this lane is dropped."""
    clear(db, lane)
    db.execute("INSERT OR REPLACE INTO baskets VALUES (?, ?, ?, ?, 0)", (*lane, basket))


def close_paid(db: sqlite3.Connection, lane: tuple) -> None:
    clear(db, lane)
    db.execute("UPDATE baskets SET paid = 1 WHERE terminal = ? AND journal = ? AND lane = ?", lane)


def clear(db: sqlite3.Connection, lane: tuple) -> None:
    db.execute("DELETE FROM basket_lines WHERE terminal = ? AND journal = ? AND lane = ?", lane)


def put_line(db: sqlite3.Connection, lane: tuple, number: int, line: BasketLine) -> None:
    db.execute("INSERT OR REPLACE INTO basket_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*lane, number, *line))


def drop_line(db: sqlite3.Connection, lane: tuple, number: int) -> None:
    db.execute("DELETE FROM basket_lines WHERE terminal = ? AND journal = ? AND lane = ? AND line = ?", (*lane, number))


def lines(db: sqlite3.Connection, lane: tuple) -> list[BasketLine]:
    rows = db.execute(
        "SELECT code, name, qty_milli, price_milli, amount_cents, tax_code, tax_bp FROM basket_lines"
        " WHERE terminal = ? AND journal = ? AND lane = ? ORDER BY line",
        lane,
    )
    return [BasketLine(*row) for row in rows]


def totals(db: sqlite3.Connection, lane: tuple) -> tuple[int, int]:
    """(lines, total in cents) of the basket now."""
    return db.execute(
        "SELECT COUNT(*), COALESCE(SUM(amount_cents), 0) FROM basket_lines"
        " WHERE terminal = ? AND journal = ? AND lane = ?",
        lane,
    ).fetchone()
