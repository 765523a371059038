"""Members and, in a table of its own, the person: erasing somebody is a delete there and every chain stays whole."""

from collections.abc import Collection

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    String,
    Table,
    Text,
    func,
    select,
    union_all,
)

from hq_server import bulk
from hq_server.cards.store import card
from hq_server.columns import ACCOUNT, STATUS, STORE, amount, at_s, words
from hq_server.db import metadata

STATUSES = ("active", "frozen")  # set by one person; merged, closing and closed are decided (decisions/)

member = Table(
    "member",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    words("level", 16, "regular"),
    Column("status", STATUS, nullable=False, default="active", index=True),
    words("display", 32),  # what the member chose to be shown
    Column("home", STORE, nullable=False, default=""),
    Column("tags", Text, nullable=False, default="[]"),  # JSON list
    amount("usual_cents", 5000),  # running mean of what a sale takes from stored value
    amount("sales"),  # sales in that mean
    at_s("joined_at_s"),
    words("joined_at", 6),  # store where the member joined; '' at head office
    Column("heir", ACCOUNT, nullable=False, default=""),  # the account that has taken over, where it was merged
)

person = Table(
    "member_person",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    words("name", 96),
    Column("phone", String(32), nullable=False, default="", index=True),
    words("email", 128),
    words("birthday", 10),
    words("gender", 8),  # female, male; '' unknown
    words("consent", 200),
    at_s("changed_at_s"),
)

# which stores a member goes to: who is told of balances, and where value is sent ahead
visit = Table(
    "member_visit",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("store", STORE, primary_key=True),
    amount("count"),
    at_s("last_at_s"),
)


FIGURES = ("account", "status", "home", "usual_cents", "sales")


def member_row(connection: Connection, account: str) -> Row | None:
    """One member, or None."""
    return connection.execute(select(member).where(member.c.account == account)).first()


def member_rows(connection: Connection, accounts: list[str]) -> dict[str, Row]:
    """Members by account, those that exist."""
    found = connection.execute(select(member).where(member.c.account.in_(accounts)))
    return {row.account: row for row in found}


def add_member(connection: Connection, **values) -> None:
    """A new member."""
    connection.execute(member.insert().values(**values))


def set_member(connection: Connection, account: str, **values) -> bool:
    """Changes a member; whether there is one."""
    return bool(connection.execute(member.update().where(member.c.account == account).values(**values)).rowcount)


def heirs(connection: Connection) -> dict[str, str]:
    """Account -> its heir, of all that were merged."""
    merged = select(member.c.account, member.c.heir).where(member.c.heir != "")
    return {row.account: row.heir for row in connection.execute(merged)}


def put_person(connection: Connection, account: str, **values) -> None:
    """Writes the personal data of a member, replacing what was there."""
    connection.execute(person.delete().where(person.c.account == account))
    connection.execute(person.insert().values(account=account, **values))


def person_row(connection: Connection, account: str) -> Row | None:
    """The person behind an account, or None."""
    return connection.execute(select(person).where(person.c.account == account)).first()


def person_rows(connection: Connection, accounts: list[str]) -> dict[str, Row]:
    """The persons behind these accounts, those that are known."""
    found = connection.execute(select(person).where(person.c.account.in_(accounts)))
    return {row.account: row for row in found}


def members_page(
    connection: Connection, after: str, limit: int, sought: str = "", home: str = "", by_person: bool = True
) -> list[Row]:
    """Members by account; `sought` matches account and card, and `by_person` also display name, phone and name.

    Who may not see personal data may not find members by it either: a hit would tell it.
    """
    statement = select(member).where(member.c.account > after).order_by(member.c.account).limit(limit)
    if home:
        statement = statement.where(member.c.home == home)
    if sought:
        statement = statement.where(_matches(connection, sought, by_person))
    return list(connection.execute(statement))


def _matches(connection: Connection, sought: str, by_person: bool) -> ColumnElement[bool]:
    """A whole account, card or phone is looked up; only where nobody has it, texts are read through."""
    known = [
        select(member.c.account).where(member.c.account == sought.lower()),
        select(card.c.account).where(card.c.card == sought.upper()),
    ]
    if by_person:
        known.append(select(person.c.account).where(person.c.phone == sought))
    numbered = union_all(*known)
    if connection.execute(numbered.limit(1)).first():
        return member.c.account.in_(numbered)
    text = "%" + sought.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    within = [
        select(member.c.account).where(member.c.account.like(text.lower(), escape="\\")),
        select(card.c.account).where(card.c.card.like(text.upper(), escape="\\")),
    ]
    if by_person:
        within.append(select(member.c.account).where(member.c.display.like(text, escape="\\")))
        within.append(select(person.c.account).where(person.c.name.like(text, escape="\\")))
    # as a list of accounts, not as conditions: each table is read once, in its own order
    return member.c.account.in_(union_all(*within))


def member_counts(connection: Connection) -> dict[str, int]:
    """Status -> members."""
    counted = select(member.c.status, func.count().label("members")).group_by(member.c.status)
    return {row.status: row.members for row in connection.execute(counted)}


def all_accounts(connection: Connection) -> list[str]:
    """Every account, in order."""
    return list(connection.execute(select(member.c.account).order_by(member.c.account)).scalars())


def figures_of(connection: Connection, accounts: Collection[str]) -> list[tuple]:
    """(account, status, home, usual_cents, sales) of these members, those that exist."""
    return bulk.find(connection, member, ("account",), [(one,) for one in accounts], FIGURES)


def put_home(connection: Connection, accounts: Collection[str], store: str) -> None:
    """The home store of members that exist."""
    bulk.change(connection, member, ("home",), ("account",), [(store, account) for account in accounts])


def put_figures(connection: Connection, rows: list[tuple[int, int, str]]) -> None:
    """(usual_cents, sales, account): what members that exist usually pay from stored value."""
    bulk.change(connection, member, ("usual_cents", "sales"), ("account",), rows)


def add_visits(connection: Connection, rows: list[tuple[str, str, int, int]]) -> None:
    """(account, store, how often, when last): members were there, once more or for the first time."""
    bulk.add(connection, visit, ("account", "store", "count", "last_at_s"), rows, ("count",))


def visits(connection: Connection, account: str) -> list[Row]:
    """Stores a member goes to, the one most visited first."""
    seen = select(visit).where(visit.c.account == account)
    return list(connection.execute(seen.order_by(visit.c.count.desc(), visit.c.store)))
