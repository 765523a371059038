"""Counts of input that was turned away before it became a request, by client and reason."""

import sqlite3


def add(db: sqlite3.Connection, client: str, reason: str, count: int) -> None:
    db.execute(
        "INSERT INTO refused VALUES (?, ?, ?)"
        " ON CONFLICT (client, reason) DO UPDATE SET count = count + excluded.count",
        (client, reason, count),
    )


def all_counts(db: sqlite3.Connection) -> list[tuple[str, str, int]]:
    return db.execute("SELECT client, reason, count FROM refused ORDER BY client, reason").fetchall()
