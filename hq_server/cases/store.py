"""The table of cases, one row per life and account; and what a life's own events say of a holder."""

from sqlalchemy import Column, Connection, Row, Table, Text, func, select

from hq_server.columns import ACCOUNT, HEX32, STORE
from hq_server.db import locked, metadata
from hq_server.ingest.store import event
from hq_server.ledger.store import KEY, batched, entry
from protocol.ledger.entries import Line

ACCOUNTS_AT_ONCE = 500  # in one statement
EVIDENCE = ("salvaged", "testified")  # what a life tells of the ones before it

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
    return connection.execute(locked(connection, select(case).where(*mine))).first()


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


def net_at_holder(connection: Connection, holder: str, incarnation: str, accounts: list[str]) -> dict[Line, int]:
    """Members' lines at a holder -> what the events of an incarnation have put there and left, above 0.

    What it told of lives before it is not its own: that waits in their cases.
    """
    own = [event.c.raw.not_like(f'{{"seq":%,"kind":"{kind}",%') for kind in EVIDENCE]
    net: dict[Line, int] = {}
    for side, sign in (("credit_", 1), ("debit_", -1)):
        columns = [entry.c[side + column.name] for column in KEY]
        there = (entry.c[side + "holder"] == holder, entry.c[side + "book"] == "member")
        summed = select(*columns, func.sum(entry.c.amount)).join(event, event.c.id == entry.c.event)
        for part in batched(accounts, ACCOUNTS_AT_ONCE):
            mine = (event.c.incarnation == incarnation, *own, entry.c[side + "party"].in_(part))
            for *line, amount in connection.execute(summed.where(*there, *mine).group_by(*columns)):
                net[Line(*line)] = net.get(Line(*line), 0) + sign * int(amount)
    return {line: amount for line, amount in net.items() if amount > 0}
