"""Entries on members' lines, each seen from the member with its sign and its kind, straight from the ledger."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from hq_server.ingest.store import event
from hq_server.ledger.store import entry, lot
from hq_server.reports.declarations import Question

# whatever an event of these kinds touches goes back to where it came from
BACK = ("void", "refund")
PLACES = ("issuer", "account", "asset", "lot", "holder", "store", "day")  # dimensions that entries can be chosen by


class View(NamedTuple):
    """What a ledger shows: assets (SQL LIKE patterns), kinds of movement, and the kind by the book at the other end.

    A book stands alone or with the sign of the movement, where giving and taking have names of their own.
    """

    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    by_book: tuple[tuple[str, int, str], ...]


STORED = View(
    ("principal", "bonus"),
    ("top_up", "bonus", "spent", "reversed", "expired", "moved", "other"),
    (("cash", 0, "top_up"), ("gift_cost", 0, "bonus"), ("revenue", 0, "spent"), ("breakage", 0, "expired"),
     ("member", 0, "moved")),
)  # fmt: skip
POINTS = View(
    ("points",),
    ("earned", "redeemed", "reversed", "expired", "adjusted", "moved", "other"),
    (("points_cost", 1, "earned"), ("points_cost", -1, "redeemed"), ("breakage", 0, "expired"),
     ("correction", 0, "adjusted"), ("member", 0, "moved")),
)  # fmt: skip
PUNCHES = View(
    ("punch:%",),
    ("added", "used", "reversed", "expired", "adjusted", "moved", "other"),
    (("punch_issued", 0, "added"), ("punch_used", 0, "used"), ("breakage", 0, "expired"),
     ("correction", 0, "adjusted"), ("member", 0, "moved")),
)  # fmt: skip
ASSETS, KINDS = STORED.assets, STORED.kinds


def movements(account: str = "", view: View = STORED) -> CTE:
    """Signed entries on members' lines: one row per entry, two for one that moves value between two of them."""
    return union_all(_side("credit", "debit", 1, account, view), _side("debit", "credit", -1, account, view)).cte(
        "movements"
    )


def _side(own: str, other: str, sign: int, account: str, view: View) -> Select:
    line = {part: entry.c[f"{own}_{part}"] for part in ("book", "party", "asset", "holder", "lot")}
    other_book = entry.c[other + "_book"]
    named = [(other_book == book, kind) for book, only, kind in view.by_book if only in (0, sign)]
    kind = case((and_(event.c.kind.in_(BACK), other_book != "member"), "reversed"), *named, else_="other")
    statement = select(
        event.c.id.label("event"), entry.c.n, event.c.business_date.label("day"), event.c.at_s,
        event.c.store.label("at"), event.c.terminal, event.c.request, event.c.offline,
        event.c.kind.label("event_kind"), entry.c.transfer,
        line["party"].label("account"), line["asset"].label("asset"), line["holder"].label("holder"),
        line["lot"].label("lot"), (entry.c.amount * sign).label("amount"), kind.label("kind"),
        literal(sign).label("sign"),
    ).select_from(entry.join(event, event.c.id == entry.c.event))
    chosen = [line["book"] == "member", or_(*(line["asset"].like(pattern) for pattern in view.assets))]
    chosen += [line["party"] == account] if account else []
    return statement.where(*chosen)


def _dimensions(moves: CTE) -> dict[str, ColumnElement]:
    return {
        "issuer": func.coalesce(lot.c.origin, literal("")),
        "account": moves.c.account,
        "asset": moves.c.asset,
        "lot": moves.c.lot,
        "holder": moves.c.holder,
        "store": moves.c["at"],
        "day": moves.c.day,
    }


def _of_stores(statement: Select, moves: CTE, question: Question) -> Select:
    """Joined to the lots, whose origin is the store that issued the value."""
    of_lot = and_(lot.c.account == moves.c.account, lot.c.lot == moves.c.lot)
    statement = statement.select_from(moves.outerjoin(lot, of_lot))
    issuers = question.only.get("issuer", ())
    return statement.where(lot.c.origin.in_(issuers)) if issuers else statement


class Page(NamedTuple):
    """Entries, newest first, and whether older ones follow."""

    rows: list[Row]
    more: bool


def entries(
    connection: Connection, question: Question, limit: int, skip: int = 0, kinds: tuple[str, ...] = (),
    places: Mapping[str, str] = MappingProxyType({}), view: View = STORED,
) -> Page:
    """The entries behind a figure; `places`: dimension -> the one wanted.

    `balance_after` is the account's balance in those assets in order of booking, whatever is filtered out.
    """
    moves = movements(question.account, view)
    after = func.sum(moves.c.amount).over(
        partition_by=moves.c.account, order_by=(moves.c.event, moves.c.n, moves.c.sign), rows=(None, 0)
    )
    running = select(*moves.c, after.label("balance_after")).cte("running")
    period = running.c.day.between(question.from_date, question.to_date)
    statement = _of_stores(select(*running.c, lot.c.origin, lot.c.expires), running, question).where(period)
    statement = statement.where(*(_dimensions(running)[dimension] == place for dimension, place in places.items()))
    if kinds:
        statement = statement.where(running.c.kind.in_(kinds))
    newest = statement.order_by(running.c.event.desc(), running.c.n.desc(), running.c.sign.desc())
    rows = list(connection.execute(newest.offset(skip).limit(limit + 1)))
    return Page(rows[:limit], len(rows) > limit)
