"""The table of cases: one row per life and account."""

from sqlalchemy import Column, Connection, Row, Table, Text, select

from hq_server.columns import ACCOUNT, HEX32, STORE
from hq_server.db import metadata

case = Table(
    "life_case",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    Column("account", ACCOUNT, primary_key=True),
    Column("store", STORE, nullable=False, index=True),
    Column("document", Text, nullable=False),  # JSON: holder, waiting, advanced, paid, unknown
)


def case_row(connection: Connection, incarnation: str, account: str) -> Row | None:
    """One case, or None."""
    mine = (case.c.incarnation == incarnation, case.c.account == account)
    return connection.execute(select(case).where(*mine).with_for_update()).first()


def cases_where(connection: Connection, **equal) -> list[Row]:
    """Cases whose columns have these values, by life and account."""
    chosen = [case.c[name] == value for name, value in equal.items()]
    return list(connection.execute(select(case).where(*chosen).order_by(case.c.incarnation, case.c.account)))


def accounts_of(connection: Connection, incarnation: str) -> set[str]:
    """Accounts that have a case at a life."""
    return set(connection.execute(select(case.c.account).where(case.c.incarnation == incarnation)).scalars())


def put_case(connection: Connection, incarnation: str, account: str, store: str, document: str) -> None:
    """Writes a case."""
    there = (case.c.incarnation == incarnation, case.c.account == account)
    if not connection.execute(case.update().where(*there).values(document=document)).rowcount:
        row = {"incarnation": incarnation, "account": account, "store": store, "document": document}
        connection.execute(case.insert().values(**row))
