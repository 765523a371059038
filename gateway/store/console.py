"""What the forecourt page was answered: a command that comes again gets its first answer."""

import json
import sqlite3

KEPT = 2_000  # answers; a page repeats a command for seconds


def answer(db: sqlite3.Connection, command: str) -> dict | None:
    row = db.execute("SELECT answer FROM console_answers WHERE id = ?", (command,)).fetchone()
    return json.loads(row[0]) if row else None


def keep(db: sqlite3.Connection, command: str, answered: dict) -> None:
    cursor = db.execute("INSERT INTO console_answers (id, answer) VALUES (?, ?)", (command, json.dumps(answered)))
    db.execute("DELETE FROM console_answers WHERE n <= ?", ((cursor.lastrowid or 0) - KEPT,))
