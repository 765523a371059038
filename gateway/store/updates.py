"""What head office wants each terminal to run, and what each said that it runs."""

import sqlite3
from typing import NamedTuple


class Wanted(NamedTuple):
    """Head office's word for one terminal; release '' and number 0: it is offered nothing."""

    terminal: str
    release: str
    number: int
    digest: str  # SHA-256 of the manifest


def put_wanted(db: sqlite3.Connection, wanted: list[Wanted]) -> None:
    """All of this store's, in the place of what was wanted before."""
    db.execute("DELETE FROM wanted_releases")
    db.executemany("INSERT INTO wanted_releases VALUES (?, ?, ?, ?)", wanted)


def all_wanted(db: sqlite3.Connection) -> list[Wanted]:
    """Every word of head office."""
    return [Wanted(*row) for row in db.execute("SELECT terminal, release, number, digest FROM wanted_releases")]


def wanted_of(db: sqlite3.Connection, terminal: str) -> Wanted | None:
    """Head office's word for a terminal, or None."""
    query = "SELECT terminal, release, number, digest FROM wanted_releases WHERE terminal = ?"
    row = db.execute(query, (terminal,)).fetchone()
    return Wanted(*row) if row else None


def note_ask(db: sqlite3.Connection, terminal: str, values: dict) -> None:
    """What a terminal says it runs, and which release it gave up."""
    db.execute(
        "INSERT INTO updates (terminal, kind, number, failed, why) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (terminal) DO UPDATE SET kind = excluded.kind, number = excluded.number,"
        " failed = excluded.failed, why = excluded.why"
        " WHERE (kind, number, failed, why) <> (excluded.kind, excluded.number, excluded.failed, excluded.why)",
        (terminal, values["kind"], values["number"], values["failed"], values["why"]),
    )


def note_loaded(db: sqlite3.Connection, terminal: str, number: int, loaded: int) -> None:
    """How far a terminal has loaded that release, in bytes of all its files."""
    db.execute("UPDATE updates SET loading = ?, loaded = ? WHERE terminal = ?", (number, loaded, terminal))


def said(db: sqlite3.Connection) -> dict[str, dict]:
    """Terminal -> what it said."""
    rows = db.execute("SELECT terminal, kind, number, failed, why, loading, loaded FROM updates")
    names = ("kind", "number", "failed", "why", "loading", "loaded")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
