"""Attendants: number, role, PIN under scrypt, cards. Wrong tries are counted on disk, so a restart forgives none."""

import hashlib
import sqlite3
from hmac import compare_digest
from typing import NamedTuple

TRIES_MAX = 5  # wrong PINs in a row; then the number is locked
LOCK_MS = 15 * 60 * 1000  # on the monotonic clock; a wrong wall clock neither shortens nor lengthens it
SCRYPT = {"n": 4096, "r": 8, "p": 1, "dklen": 32}  # as head office hashes; about 10 ms, so a sign-on delays no tap


class Attendant(NamedTuple):
    """One person who serves; role is attendant or supervisor, status active or blocked."""

    operator: str
    name: str
    role: str
    pin_salt: str
    pin_hash: str
    status: str
    tries: int


def get(db: sqlite3.Connection, operator: str) -> Attendant | None:
    row = db.execute(
        "SELECT operator, name, role, pin_salt, pin_hash, status, tries FROM staff WHERE operator = ?", (operator,)
    ).fetchone()
    return Attendant(*row) if row else None


def put(db: sqlite3.Connection, body: dict) -> None:
    """Takes over head office's word on an attendant; a new PIN starts with no wrong tries."""
    db.execute(
        "INSERT INTO staff (operator, name, role, pin_salt, pin_hash, status) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (operator) DO UPDATE SET name = excluded.name, role = excluded.role,"
        " tries = CASE WHEN staff.pin_hash = excluded.pin_hash THEN staff.tries ELSE 0 END,"
        " pin_salt = excluded.pin_salt, pin_hash = excluded.pin_hash, status = excluded.status",
        (
            body["operator"],
            body.get("name") or "",
            body["role"],
            body.get("pin_salt") or "",
            body.get("pin_hash") or "",
            body["status"],
        ),
    )
    db.execute("DELETE FROM staff_cards WHERE operator = ?", (body["operator"],))
    for card in body.get("cards") or []:
        db.execute("INSERT OR REPLACE INTO staff_cards VALUES (?, ?)", (card, body["operator"]))


def by_card(db: sqlite3.Connection, card: str) -> str:
    """Operator of a staff card, '' if it is nobody's."""
    row = db.execute("SELECT operator FROM staff_cards WHERE card = ?", (card,)).fetchone()
    return row[0] if row else ""


def set_tries(db: sqlite3.Connection, operator: str, tries: int) -> None:
    db.execute("UPDATE staff SET tries = ? WHERE operator = ?", (tries, operator))


def pin_fits(attendant: Attendant, pin: str) -> bool:
    """Whether the PIN is theirs; someone without a PIN can never sign on with one."""
    if not attendant.pin_hash or not pin:
        return False
    given = hashlib.scrypt(pin.encode(), salt=bytes.fromhex(attendant.pin_salt), **SCRYPT)
    return compare_digest(given, bytes.fromhex(attendant.pin_hash))


def hash_pin(pin: str, salt: bytes) -> str:
    """The hash that pin_fits checks, in hex."""
    return hashlib.scrypt(pin.encode(), salt=salt, **SCRYPT).hex()
