"""The books for programs: entries by account, the trial balance, and the equation that must always hold."""

from fastapi import APIRouter, Depends, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.ingest.telling import entry_told
from hq_server.ledger import store
from hq_server.web_tools import answer, the_hq
from protocol.ledger.entries import Line

router = APIRouter(prefix="/api/v1", tags=["ledger"])

viewer = require("ledger.view")
accountant = require("trial_balance.view")
PAGE_MAX = 1000


@router.get("/ledger")
def get_ledger(
    account: str,
    after: int = Query(0, ge=0),
    limit: int = Query(200, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Entries that touch an account, of at least `limit` entries' events after an event id, and all its balances."""
    with hq.db.read() as connection:
        entries = store.entries_of_party(connection, account, after, limit)
        balances = store.balances_of_party(connection, account)
    lines = [{"line": Line(*row[:5]).text, "amount": row.amount} for row in balances]
    told = [entry_told(row) for row in entries]
    return answer({"account": account, "entries": told, "balances": lines, "next": _next(entries, limit)})


def _next(entries, limit: int) -> int | None:
    return entries[-1].event if len(entries) >= limit else None


@router.get("/exposure")
def get_exposure(_: Visitor = Depends(accountant), hq: Hq = Depends(the_hq)) -> Response:
    """What the chain has at risk: offline credit lent by store, what members owe, what is lost by store."""
    with hq.db.read() as connection:
        lent = store.lent_by_store(connection)
        owed, lost = store.sums_of_book(connection, "receivable"), store.sums_of_book(connection, "loss")
    by_asset: dict[str, int] = {}
    for (_party, asset), amount in owed.items():
        by_asset[asset] = by_asset.get(asset, 0) - min(amount, 0)
    losses = [{"store": party, "asset": asset, "amount": -amount} for (party, asset), amount in lost.items() if amount]
    told = [{"store": code, "lent_cents": cents, "members": members} for code, (cents, members) in lent.items()]
    return answer({"offline_credit": told, "owed": by_asset, "lost": losses})


@router.get("/trial-balance")
def get_trial_balance(_: Visitor = Depends(accountant), hq: Hq = Depends(the_hq)) -> Response:
    """Sums per book, asset and holder; `by_unit` are all zero, `negative` is empty, or the books are wrong."""
    with hq.db.read() as connection:
        rows = store.trial_balance(connection)
        negative = [Line(*row[:5]).text for row in store.negative_lines(connection)]
    told = [
        {"book": row.book, "asset": row.asset, "holder": row.holder, "amount": int(row.amount), "lines": row.lines}
        for row in rows
    ]
    return answer({"lines": told, "by_unit": store.sums_by_unit(rows), "negative": negative})
