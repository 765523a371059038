"""The rules of the chain as head office last sent them, as one JSON value; core/rules.py gives them meaning."""

import sqlite3

from gateway.core.rules import Rules, read
from gateway.store import meta


def get(db: sqlite3.Connection) -> Rules:
    """The rules in force, or the defaults of a store that has not been told any."""
    return read(meta.get_json(db, "rules"))


def put(db: sqlite3.Connection, body: dict) -> None:
    """Takes over newer rules; an older version than the one in force is left aside."""
    if int(body.get("version", 0)) >= get(db).version:
        meta.put_json(db, "rules", body)
