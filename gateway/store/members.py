"""What a gateway may know of a member: account, cards, level, status, tags, a display name. Never a phone or a name."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.core.books import SHOWN, Member
from gateway.store import many


def get(db: sqlite3.Connection, account: str) -> Member | None:
    return several(db, (account,)).get(account)


def several(db: sqlite3.Connection, accounts: Sequence[str]) -> dict[str, Member]:
    """Those of these accounts that are known."""
    query = (
        "SELECT account, level, status, display, principal, bonus, points, as_of_s, usual_cents FROM members"
        f" WHERE account IN ({many.marks(accounts)})"
    )
    return {row[0]: Member(*row) for row in db.execute(query, many.padded(accounts))}


def put(db: sqlite3.Connection, body: dict) -> None:
    """Takes over head office's word on a member, cards included; a card no longer named stays as it is (see block)."""
    in_all = body.get("in_all") or {}
    db.execute(
        "INSERT INTO members (account, level, status, display, tags, principal, bonus, points, as_of_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET"
        " level = excluded.level, status = excluded.status, display = excluded.display, tags = excluded.tags,"
        " principal = excluded.principal, bonus = excluded.bonus, points = excluded.points, as_of_s = excluded.as_of_s",
        (
            body["account"],
            str(body.get("level") or "")[:16],
            body["status"],
            body.get("display") or "",
            json.dumps(body.get("tags") or []),
            *[int(in_all.get(asset) or 0) for asset in SHOWN],
            int(body.get("as_of_s") or 0),
        ),
    )
    for card in body.get("cards") or []:
        put_card(db, card, body["account"], "active")


def meet(db: sqlite3.Connection, account: str) -> Member:
    """The member of a genuine card; one this store has never heard of starts empty and can earn and top up."""
    db.execute("INSERT INTO members (account) VALUES (?) ON CONFLICT DO NOTHING", (account,))
    return get(db, account) or Member(account)


def put_card(db: sqlite3.Connection, card: str, account: str, status: str) -> None:
    """Writes a card; a blocked one stays blocked when its member is told again."""
    db.execute(
        "INSERT INTO cards VALUES (?, ?, ?) ON CONFLICT (card) DO UPDATE SET account = excluded.account,"
        " status = CASE WHEN cards.status = 'blocked' THEN 'blocked' ELSE excluded.status END",
        (card, account, status),
    )


def block_card(db: sqlite3.Connection, card: str, status: str) -> None:
    """Blocks a card, known or not; 'active' lifts the block."""
    db.execute(
        "INSERT INTO cards (card, status) VALUES (?, ?) ON CONFLICT (card) DO UPDATE SET status = excluded.status",
        (card, status),
    )


def card_status(db: sqlite3.Connection, card: str) -> str:
    """'active', 'blocked' or '' for a card never heard of."""
    row = db.execute("SELECT status FROM cards WHERE card = ?", (card,)).fetchone()
    return row[0] if row else ""


def card_states(db: sqlite3.Connection, cards: Sequence[str]) -> dict[str, str]:
    """The status of those of these cards that were heard of."""
    query = f"SELECT card, status FROM cards WHERE card IN ({many.marks(cards)})"
    return dict(db.execute(query, many.padded(cards)).fetchall())


def follow(db: sqlite3.Connection, rows: list[tuple]) -> None:
    """Follows the chain-wide figures by what this store has booked since head office last told them, never below zero.

    Keeps a running mean of what a member pays from stored value at a time, to ask for float before it is short.
    Rows: the changes of principal, bonus and points, what was paid, the account.
    """
    db.executemany(
        "UPDATE members SET principal = MAX(0, principal + ?), bonus = MAX(0, bonus + ?), points = MAX(0, points + ?),"
        " usual_cents = CASE WHEN ?4 = 0 THEN usual_cents WHEN usual_cents = 0 THEN ?4"
        " ELSE (3 * usual_cents + ?4) / 4 END WHERE account = ?5",
        rows,
    )


def account_of_card(db: sqlite3.Connection, card: str) -> str:
    """The account that head office has tied a card to ('' if it has not said)."""
    row = db.execute("SELECT account FROM cards WHERE card = ?", (card,)).fetchone()
    return row[0] if row else ""


def set_status(db: sqlite3.Connection, account: str, status: str) -> None:
    """active, frozen or closed; a member not known yet is met first, so that the word is not lost."""
    meet(db, account)
    db.execute("UPDATE members SET status = ? WHERE account = ?", (status, account))


def barred(db: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Accounts that are frozen or closed, and cards that are blocked."""
    barred = "status IN ('frozen', 'closing', 'closed')"
    accounts = db.execute("SELECT account FROM members WHERE %s ORDER BY account" % barred)
    cards = db.execute("SELECT card FROM cards WHERE status = 'blocked' ORDER BY card")
    return [row[0] for row in accounts], [row[0] for row in cards]
