"""Cards by '<issuer>:<uid>'. A card is never deleted: a blocked one must stay known as blocked."""

from collections.abc import Collection

from sqlalchemy import Column, Connection, Row, Table, func, select

from hq_server.columns import ACCOUNT, CARD, STATUS, at_s, words
from hq_server.db import metadata

STATUSES = ("active", "blocked", "replaced", "returned")

card = Table(
    "card",
    metadata,
    Column("card", CARD, primary_key=True),
    Column("account", ACCOUNT, nullable=False, index=True),
    Column("status", STATUS, nullable=False, default="active"),
    words("reason", 64),
    words("replaced_by", 25),
    words("key_sets", 40),  # that it was made with, see rules.py; '' is not known
    at_s("issued_at_s"),
    at_s("changed_at_s"),
)


def card_row(connection: Connection, number: str) -> Row | None:
    """One card, or None."""
    return connection.execute(select(card).where(card.c.card == number)).first()


def add_card(connection: Connection, number: str, account: str, now_s: int, key_sets: str = "") -> None:
    """An active card of that member. Raises IntegrityError for one that is known."""
    values = {"card": number, "account": account, "status": "active", "key_sets": key_sets}
    connection.execute(card.insert().values(issued_at_s=now_s, changed_at_s=now_s, **values))


def set_card(connection: Connection, number: str, **values) -> bool:
    """Changes a card; whether there is one."""
    return bool(connection.execute(card.update().where(card.c.card == number).values(**values)).rowcount)


def cards_of(connection: Connection, accounts: list[str]) -> dict[str, list[Row]]:
    """Account -> its cards."""
    found: dict[str, list[Row]] = {account: [] for account in accounts}
    for row in connection.execute(select(card).where(card.c.account.in_(accounts)).order_by(card.c.card)):
        found[row.account].append(row)
    return found


def cards_not_active(connection: Connection) -> list[Row]:
    """What every gateway must refuse."""
    return list(connection.execute(select(card).where(card.c.status != "active").order_by(card.c.card)))


def counts_by_key_sets(connection: Connection) -> list[Row]:
    """key_sets, cards: how many active cards were made with which; '' is not known."""
    counted = select(card.c.key_sets, func.count().label("cards")).where(card.c.status == "active")
    return list(connection.execute(counted.group_by(card.c.key_sets).order_by(card.c.key_sets)))


def cards_made_with(connection: Connection, key_sets: Collection[str], after: str, limit: int) -> list[Row]:
    """Active cards that were made with one of these, by number."""
    chosen = (card.c.status == "active", card.c.key_sets.in_(list(key_sets)), card.c.card > after)
    return list(connection.execute(select(card).where(*chosen).order_by(card.c.card).limit(limit)))
