"""What is told of a case, to programs and on pages."""

from sqlalchemy import Connection, Row

from hq_server.fleet import store as fleet
from hq_server.ingest import store as events
from hq_server.vault import advancing
from hq_server.vault.sql import SqlVault
from protocol.ledger.cases import Case
from protocol.ledger.entries import HQ


def all_cases(connection: Connection, vault: SqlVault) -> list[dict]:
    """Lives that are gone, the latest first."""
    return [_life(connection, row, vault.cases(row.incarnation)) for row in fleet.lives_gone(connection)]


def one_case(connection: Connection, vault: SqlVault, life: str) -> dict | None:
    """One life with its accounts; None for one that never was, or that lives and owes nothing."""
    row, cases = fleet.incarnation_row(connection, life), vault.cases(life)
    if row is None or row.store == HQ or (row.status == "enrolled" and not cases):
        return None
    told = _life(connection, row, cases)
    told["accounts"] = [_account(case) for case in cases]
    told["cap_left_cents"] = advancing.cap_left_cents(vault, row.store)
    return told


def _life(connection: Connection, row: Row, cases: list[Case]) -> dict:
    return {
        "life": row.incarnation, "store": row.store, "status": "closed" if row.status == "closed" else "open",
        "since_s": row.fenced_at_s, "booked_seq": row.cursor_seq, "members": len(cases),
        "waiting": _sums(one for case in cases for one in case.waiting),
        "advanced": _sums(one for case in cases for one in case.advanced),
        "lost": _sums(one for case in cases for one in (*case.paid, *case.unknown)),
        "evidence": events.count_of_life(connection, row.incarnation),
    }


def _account(case: Case) -> dict:
    return {
        "account": case.account, "holder": case.holder, "waiting": _sums(case.waiting),
        "advanced": _sums(case.advanced), "lost": _sums((*case.paid, *case.unknown)),
    }


def _sums(slices) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in slices:
        found[one.asset] = found.get(one.asset, 0) + one.amount
    return found
