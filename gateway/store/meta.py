"""Single values of the store: incarnation, HQ's cursor and key, receipt counter, fencing, configuration."""

import json
import sqlite3


def get(db: sqlite3.Connection, name: str, default: str = "") -> str:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else default


def put(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value))


def put_all(db: sqlite3.Connection, rows: list[tuple[str, str]]) -> None:
    """(name, value) each; of a name the last one counts."""
    query = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    db.executemany(query, list(dict(rows).items()))


def get_int(db: sqlite3.Connection, name: str, default: int = 0) -> int:
    return int(get(db, name, str(default)))


def put_int(db: sqlite3.Connection, name: str, value: int) -> None:
    put(db, name, str(value))


def get_json(db: sqlite3.Connection, name: str, default: dict | None = None) -> dict:
    text = get(db, name)
    return json.loads(text) if text else (default or {})


def put_json(db: sqlite3.Connection, name: str, value: dict) -> None:
    put(db, name, json.dumps(value, ensure_ascii=False))


def begin_life(db: sqlite3.Connection, incarnation: str, store: str, hq_key: str, configuration: dict) -> None:
    """Writes a new database's identity. Raises ValueError if this file already has another life."""
    if get(db, "incarnation") not in ("", incarnation):
        raise ValueError("this database already belongs to incarnation " + get(db, "incarnation"))
    put(db, "incarnation", incarnation)
    put(db, "store", store)
    put(db, "hq_key", hq_key)
    put_json(db, "configuration", configuration)
