"""Baskets being filled: at most one per lane, at most 200 lines (protocol.messages.BASKET_LINES_MAX)."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from gateway.core.books import Basket as Kept
from gateway.core.pricing import BasketLine
from gateway.store import many


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


def close_paid(db: sqlite3.Connection, lanes: list[tuple]) -> None:
    """Nobody reads the lines of a paid basket; they go when the lane's next basket begins."""
    db.executemany("UPDATE baskets SET paid = 1 WHERE terminal = ? AND journal = ? AND lane = ?", lanes)


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


def others(db: sqlite3.Connection, lane: tuple, number: int) -> list[BasketLine]:
    """All lines but this one."""
    rows = db.execute(
        "SELECT code, name, qty_milli, price_milli, amount_cents, tax_code, tax_bp FROM basket_lines"
        " WHERE terminal = ? AND journal = ? AND lane = ? AND line <> ? ORDER BY line",
        (*lane, number),
    )
    return [BasketLine(*row) for row in rows]


def get(db: sqlite3.Connection, lane: tuple) -> Kept:
    """The basket of a lane with its lines, as the money core sees it."""
    now = current(db, lane)
    return Kept(now.basket, now.paid, () if now.paid else tuple(lines(db, lane)))


def several(db: sqlite3.Connection, lanes: Sequence[tuple]) -> dict[tuple, Kept]:
    """The baskets of those of these lanes that have any, with the lines of the open ones."""
    query = (
        f"WITH asked (t, j, n) AS (VALUES {many.mark_rows(lanes)})"
        " SELECT terminal, journal, lane, basket, paid, line, code, name, qty_milli, price_milli, amount_cents,"
        " tax_code, tax_bp FROM asked CROSS JOIN baskets ON terminal = t AND journal = j AND lane = n"
        " LEFT JOIN basket_lines USING (terminal, journal, lane)"
    )
    found: dict[tuple, list[tuple]] = {}
    for row in db.execute(query, many.padded_rows(lanes)):
        found.setdefault(row[:3], []).append(row[3:])
    return {lane: _kept(rows) for lane, rows in found.items()}


def _kept(rows: list[tuple]) -> Kept:
    """Rows of one lane: basket, paid, the number of a line (None: there is no line), the line."""
    basket, paid, first = rows[0][:3]
    if paid or first is None:
        return Kept(basket, bool(paid))
    return Kept(basket, False, tuple(BasketLine(*row[3:]) for row in sorted(rows)))


def totals(db: sqlite3.Connection, lane: tuple) -> tuple[int, int]:
    """(lines, total in cents) of the basket now."""
    return db.execute(
        "SELECT COUNT(*), COALESCE(SUM(amount_cents), 0) FROM basket_lines"
        " WHERE terminal = ? AND journal = ? AND lane = ?",
        lane,
    ).fetchone()
