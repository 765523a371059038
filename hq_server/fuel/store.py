"""Tables and queries of fuel: prices and rules that are never changed, limits of cards, days of cards, companies."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Row, Table, Text, func, select

from hq_server.columns import ACCOUNT, CARD, CLIENT, CODE, DATE, ROW_ID, STATUS, STORE, TRANSFER, amount, at_s, words
from hq_server.db import metadata
from hq_server.fuel.rules import Price, RuleSet
from hq_server.ingest.store import event

DAYS_KEPT = 62  # of cards' days: a store may be cut off for as long and still be counted right

# the list price of a grade from a moment on; a change, and what undoes it, is a row more
price = Table(
    "fuel_price",
    metadata,
    Column("version", ROW_ID, primary_key=True),
    Column("code", CODE, nullable=False, index=True),
    Column("store", STORE, nullable=False, default=""),  # '': all
    amount("price_milli"),
    at_s("from_s"),
    at_s("at_s"),
    words("who", 64),
    amount("undoes"),  # the version that this one takes back
)

# all fuel rules of the chain from a moment on
rule_set = Table(
    "fuel_rule_set",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),  # JSON, see rules.py
    at_s("from_s"),
    at_s("at_s"),
    words("who", 64),
)

company = Table(
    "fuel_company",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    words("name", 96),
    words("tax_number", 32),
    words("contact", 96),
    words("phone", 32),
    words("email", 128),
    words("address", 200),
    at_s("changed_at_s"),
)

# what a card may have, and who drives with it. The driver and the plates stay here: stores know a car's number only
card_limit = Table(
    "fuel_card_limit",
    metadata,
    Column("card", CARD, primary_key=True),
    Column("account", ACCOUNT, nullable=False, index=True),
    words("stands_for", 25),  # the first of the cards that took each other's place: days are counted under it
    amount("version"),
    words("driver", 96),
    Column("plates", Text, nullable=False, default="[]"),  # JSON lists
    Column("grades", Text, nullable=False, default="[]"),
    Column("asks", Text, nullable=False, default="[]"),
    amount("day_ml"),
    amount("day_cents"),
    Column("shares", Text, nullable=False, default=""),  # JSON: store -> [ml, cents]; '' is one pot
    at_s("changed_at_s"),
    words("who", 64),
)

# which plate a car's number in the events stands for
vehicle = Table(
    "fuel_vehicle",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("vehicle", CODE, primary_key=True),
    words("plate", 16),
)

# of cards with a limit by the day: one row per hold (open: promised, ended: nothing more) and one per sale (done: had);
# `card` is the one that it stands for, here and in what exceeded a limit
day_hold = Table(
    "fuel_day_hold",
    metadata,
    Column("hold", TRANSFER, primary_key=True),
    Column("card", CARD, nullable=False),
    Column("day", DATE, nullable=False),
    Column("store", STORE, nullable=False),
    amount("ml"),
    amount("cents"),
    Column("status", STATUS, nullable=False),  # open, done, ended
    at_s("at_s"),
    Index("ix_fuel_day_hold_card", "card", "day"),
)

# a card had more than its limit of a day: what two stores did not know of each other
# what is set aside at nozzles, as each store's last heartbeat told it
open_hold = Table(
    "fuel_open_hold",
    metadata,
    Column("hold", TRANSFER, primary_key=True),
    Column("store", STORE, nullable=False, index=True),
    Column("terminal", CLIENT, nullable=False),
    amount("nozzle"),
    words("account", 32),  # '': an attendant's
    words("card", 25),
    Column("code", CODE, nullable=False),
    amount("cents"),
    amount("ml"),
    Column("state", STATUS, nullable=False),  # open, running, suspense
    at_s("at_s"),  # by head office's clock; 0: not known
    at_s("suspended_s"),
)

excess = Table(
    "fuel_excess",
    metadata,
    Column("card", CARD, primary_key=True),
    Column("day", DATE, primary_key=True),
    Column("account", ACCOUNT, nullable=False),
    amount("ml"),
    amount("cents"),
    amount("day_ml"),
    amount("day_cents"),
    words("stores", 64),
    at_s("at_s"),
)


# ---- prices and rules


def add_price(connection: Connection, **values) -> int:
    """A new version; its number."""
    return connection.execute(price.insert().values(**values).returning(price.c.version)).scalar_one()


def prices(connection: Connection, code: str = "") -> list[Price]:
    """All versions, newest first."""
    chosen = select(*(price.c[name] for name in Price._fields)).order_by(price.c.version.desc())
    return [Price(*row) for row in connection.execute(chosen.where(price.c.code == code) if code else chosen)]


def price_of(connection: Connection, version: int) -> Price | None:
    """One version, or None."""
    found = select(*(price.c[name] for name in Price._fields)).where(price.c.version == version)
    row = connection.execute(found).first()
    return Price(*row) if row else None


def add_rule_set(connection: Connection, **values) -> None:
    connection.execute(rule_set.insert().values(**values))


def rule_sets(connection: Connection) -> list[RuleSet]:
    """All versions, newest first."""
    columns = [rule_set.c[name] for name in RuleSet._fields]
    return [RuleSet(*row) for row in connection.execute(select(*columns).order_by(rule_set.c.version.desc()))]


# ---- companies and cards


def company_row(connection: Connection, account: str) -> Row | None:
    return connection.execute(select(company).where(company.c.account == account)).first()


def companies(connection: Connection) -> list[Row]:
    """By name."""
    return list(connection.execute(select(company).order_by(company.c.name, company.c.account)))


def put_company(connection: Connection, account: str, **values) -> None:
    """Makes a member a company, or changes it."""
    _put(connection, company, {"account": account}, values)


def limit_row(connection: Connection, card: str) -> Row | None:
    return connection.execute(select(card_limit).where(card_limit.c.card == card)).first()


def counts_as(connection: Connection, card: str) -> str:
    """Under which card's number days of a card are counted: its own, or that of the first it took the place of."""
    row = limit_row(connection, card)
    return (row.stands_for if row else "") or card


def limits_of(connection: Connection, account: str) -> dict[str, Row]:
    """Card -> what it may have, of one account's."""
    return {row.card: row for row in connection.execute(select(card_limit).where(card_limit.c.account == account))}


def all_limits(connection: Connection) -> list[Row]:
    return list(connection.execute(select(card_limit).order_by(card_limit.c.card)))


def put_limit(connection: Connection, card: str, **values) -> None:
    _put(connection, card_limit, {"card": card}, values)


def put_vehicle(connection: Connection, account: str, number: str, plate: str) -> None:
    _put(connection, vehicle, {"account": account, "vehicle": number}, {"plate": plate})


def plates(connection: Connection, account: str) -> dict[str, str]:
    """Number of a car in events -> its plate."""
    known = connection.execute(select(vehicle).where(vehicle.c.account == account))
    return {row.vehicle: row.plate for row in known}


# ---- days


def put_day_hold(connection: Connection, hold: str, **values) -> None:
    _put(connection, day_hold, {"hold": hold}, values)


def day_hold_row(connection: Connection, hold: str) -> Row | None:
    return connection.execute(select(day_hold).where(day_hold.c.hold == hold)).first()


def day_by_store(connection: Connection, card: str, day: str, besides: str = "") -> dict[str, tuple[int, int]]:
    """Store -> (ml, cents) promised or had of a card's day, all holds but one."""
    sums = select(day_hold.c.store, func.sum(day_hold.c.ml).label("ml"), func.sum(day_hold.c.cents).label("cents"))
    mine = (day_hold.c.card == card, day_hold.c.day == day, day_hold.c.hold != besides)
    grouped = connection.execute(sums.where(*mine).group_by(day_hold.c.store).order_by(day_hold.c.store))
    return {row.store: (int(row.ml), int(row.cents)) for row in grouped}


def had(connection: Connection, card: str, day: str) -> dict[str, tuple[int, int]]:
    """Store -> (ml, cents) that was pumped of a card's day."""
    sums = select(day_hold.c.store, func.sum(day_hold.c.ml).label("ml"), func.sum(day_hold.c.cents).label("cents"))
    mine = (day_hold.c.card == card, day_hold.c.day == day, day_hold.c.status == "done")
    grouped = connection.execute(sums.where(*mine).group_by(day_hold.c.store).order_by(day_hold.c.store))
    return {row.store: (int(row.ml), int(row.cents)) for row in grouped}


def open_holds(connection: Connection, code: str = "") -> list[Row]:
    """Of a store, or of all: those in suspense first, then the oldest."""
    chosen = select(open_hold).order_by(open_hold.c.suspended_s == 0, open_hold.c.at_s, open_hold.c.hold)
    return list(connection.execute(chosen.where(open_hold.c.store == code) if code else chosen))


def set_open_holds(connection: Connection, code: str, rows: list[dict[str, Any]]) -> None:
    """All open holds of a store, in the place of those that were known."""
    connection.execute(open_hold.delete().where(open_hold.c.store == code))
    if rows:
        connection.execute(open_hold.insert(), rows)


def put_excess(connection: Connection, card: str, day: str, **values) -> None:
    _put(connection, excess, {"card": card, "day": day}, values)


def excesses(connection: Connection, from_date: str, to_date: str) -> list[Row]:
    """Found ones, newest day first."""
    within = (excess.c.day >= from_date, excess.c.day <= to_date)
    return list(connection.execute(select(excess).where(*within).order_by(excess.c.day.desc(), excess.c.card)))


def forget_days(connection: Connection, now_s: int) -> int:
    """Drops holds of days long past; how many. What exceeded its limit stays."""
    before = dt.datetime.fromtimestamp(now_s - DAYS_KEPT * 86400, dt.UTC).date().isoformat()
    return connection.execute(day_hold.delete().where(day_hold.c.day < before)).rowcount


# ---- what was filled


def fills(connection: Connection, account: str, from_date: str, to_date: str) -> list[Row]:
    """Sales of an account in a span of business dates, as events or terminals' journals told them, in their order."""
    within = (event.c.business_date >= from_date, event.c.business_date <= to_date, event.c.duplicate_of == "")
    columns = (event.c.id, event.c.store, event.c.at_s, event.c.business_date, event.c.receipt, event.c.raw)
    mine = (event.c.account == account, event.c.kind.in_(("sale", "testified")))
    chosen = select(*columns).where(*mine, *within).order_by(event.c.business_date, event.c.at_s, event.c.id)
    return list(connection.execute(chosen))


def _put(connection: Connection, table: Table, key: dict, values: dict) -> None:
    same = [table.c[name] == value for name, value in key.items()]
    if values and connection.execute(table.update().where(*same).values(**values)).rowcount:
        return
    connection.execute(table.insert().values(**key, **values))
