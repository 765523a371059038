"""From a page of the log to rows of facts: pure. Whatever touches revenue is a row of sales, so nothing is left out."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from hq_server.facts import litres
from hq_server.facts.moves import asset_class, kind_of
from hq_server.facts.said import Fuel, Said, asked_cents, said_by
from hq_server.facts.shapes import SCHEMAS, completed, given
from hq_server.facts.store import LogPage, Original
from protocol.money import shares

POINTS_VALUE = "points_value"
TAKES_BACK = ("void", "refund", "refund_from_loss")
SHIFT_KINDS = {"sign_on": "sign_on", "shift_opened": "opened", "shift_closed": "closed"}
TAPS = ("sale", "top_up", "void", "refusal", "refund", "refund_from_loss", "adjustment", "issue")
SOLD = ("sale", "testified")

Rows = dict[str, list[tuple]]


class Goods(NamedTuple):
    """One line of a sale as facts have it: what was charged, and what of it was revenue."""

    code: str
    price_milli: int
    tax_code: str
    tax_bp: int
    qty_milli: int
    gross_cents: int
    net_cents: int


NOBODY_KNOWS = Goods("", 0, "", 0, 0, 0, 0)


def tables_of(page: LogPage) -> dict[str, pa.Table]:
    """Table -> its rows of this page."""
    rows: Rows = {table: [] for table in SCHEMAS}
    for event in page.events:
        if not event.duplicate_of:
            _rows_of(rows, page, event, said_by(event.raw))
    return {table: as_table(table, found) for table, found in rows.items() if found}


def as_table(table: str, rows: list[tuple]) -> pa.Table:
    """Rows in the order of the table's columns, those of an event together."""
    schema = given(table)
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return completed(table, pa.Table.from_arrays(columns, schema=schema))


def taken_back(events: Iterable[Any]) -> set[str]:
    """Request keys of the events that these give back."""
    wanted = set()
    for event in events:
        if event.kind == "void" and event.request:
            wanted.add(event.request)
        elif event.kind in TAKES_BACK:
            wanted.add(said_by(event.raw).sale or "")
    return wanted - {""}


def _rows_of(rows: Rows, page: LogPage, event: Any, said: Said) -> None:
    entries = page.entries.get(event.id, ())
    store = event.store if event.store != "hq" else _store_of(entries)
    at = _header(event, store, page.zones.get(store, "UTC"))
    _sale(rows, page, event, said, entries, at)
    rows["receipts"] += _numbered(at, _receipts(entries, event.kind))
    rows["value_moves"] += _of_members(at, _moves(page, event, entries))
    if event.kind in TAPS or said.second:  # what two people agreed to at head office too
        told = (event.kind, said.message or "", event.reason, said.second or "", asked_cents(said), event.receipt or 0)
        rows["taps"] += _numbered(at, [told])
    rows["fuel_litres"] += _numbered(at, litres.rows_of(event, said, page.lines.get(event.id, ())))
    if event.kind in SHIFT_KINDS:
        rows["shifts"] += _numbered(at, [(SHIFT_KINDS[event.kind], said.sales, said.cash_cents)])


def _store_of(entries: Iterable[Any]) -> str:
    """Head office's own events happen where the store's books say; the pool is nobody's."""
    for entry in entries:
        for book, party in ((entry.debit_book, entry.debit_party), (entry.credit_book, entry.credit_party)):
            if book in ("revenue", "cash", "loss"):
                return party
    return "hq"


def _header(event: Any, store: str, zone: str) -> tuple:
    """Everything of HEADER around `n`."""
    day = _date(event.business_date)
    hour = _local_hour(event.at_s // 900, zone)
    before = (event.id,)
    return before, (
        day, hour, event.at_s, event.received_at_s, store, event.terminal, event.operator, event.shift, event.account,
        bool(event.offline),
    )  # fmt: skip


def _numbered(at: tuple, rows: Iterable[tuple]) -> list[tuple]:
    before, after = at
    return [(*before, n, *after, *row) for n, row in enumerate(rows, 1)]


def _of_members(at: tuple, moves: Iterable[tuple[str, tuple]]) -> list[tuple]:
    """A movement belongs to the account of its line, whoever the event names."""
    before, after = at
    place = len(after) - 2
    return [
        (*before, n, *after[:place], account, *after[place + 1 :], *move) for n, (account, move) in enumerate(moves, 1)
    ]


@lru_cache(maxsize=65536)
def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@lru_cache(maxsize=65536)
def _local_hour(quarter: int, zone: str) -> int:
    """Offsets of time zones are whole quarters of an hour."""
    return dt.datetime.fromtimestamp(quarter * 900, _zone(zone)).hour


@lru_cache(maxsize=1024)
def _zone(name: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC


# ---- sales


def _sale(rows: Rows, page: LogPage, event: Any, said: Said, entries: Iterable[Any], at: tuple) -> None:
    revenue = _revenue(entries)
    if not revenue and event.kind != "sale":
        return
    points = revenue.pop(POINTS_VALUE, 0)
    net = sum(revenue.values())
    fuel = said.hold is not None and event.kind == "sale"
    if event.kind in SOLD:
        goods = goods_of(page.lines.get(event.id, ()), net, points)
        kind, of, of_date = "sale", event.id, _date(event.business_date)
    else:
        original = page.originals.get(_given_back(event, said))
        kind = _kind_of_return(event, original)
        of = original.event if original else 0
        of_date = _date(original.business_date if original else event.business_date)
        goods = _returned(original, said, net)
    sold = kind == "sale"
    gross = sum(one.gross_cents for one in goods) if sold else 0
    off = gross - points - net if sold else 0
    quantity = sum(one.qty_milli for one in goods)
    rows["sales"] += _numbered(at, [(
        kind, event.transfer, of, of_date, event.receipt or 0, gross, off, points if sold else 0,
        0 if sold else -net, net, quantity if sold else 0, 0 if sold else -quantity, len(goods),
        event.earned_points, said.pending_points, fuel,
    )])  # fmt: skip
    rows["sale_lines"] += _numbered(at, [_line(one, kind, of, of_date, fuel) for one in goods])
    if fuel and goods:
        rows["fuel_fills"] += _numbered(at, [_fill(one, said, revenue) for one in goods])


def _revenue(entries: Iterable[Any]) -> dict[str, int]:
    """Asset of the revenue line -> credits less debits."""
    found: dict[str, int] = {}
    for entry in entries:
        if entry.credit_book == "revenue":
            found[entry.credit_asset] = found.get(entry.credit_asset, 0) + entry.amount
        if entry.debit_book == "revenue":
            found[entry.debit_asset] = found.get(entry.debit_asset, 0) - entry.amount
    return found


def goods_of(lines: Iterable[Any], net_cents: int, points_cents: int = 0) -> list[Goods]:
    """The goods of a sale; what was taken off the whole of it is dealt out over them by amount."""
    kept = [line for line in lines if ":" not in line.code]
    if not any(line.amount_cents > 0 for line in kept) and (net_cents or points_cents):
        # the words of the sale are lost: one line that nobody can name carries it
        return [NOBODY_KNOWS._replace(gross_cents=net_cents + points_cents, net_cents=net_cents)]
    below = sum(min(0, line.amount_cents) for line in kept)
    dealt = shares(net_cents - below, [max(0, line.amount_cents) for line in kept])
    return [
        Goods(line.code, line.price_milli, line.tax_code, line.tax_bp, line.qty_milli, line.amount_cents,
              part + min(0, line.amount_cents))
        for line, part in zip(kept, dealt, strict=True)
    ]  # fmt: skip


def _given_back(event: Any, said: Said) -> str:
    return event.request if event.kind == "void" else said.sale or ""


def _kind_of_return(event: Any, original: Original | None) -> str:
    if event.kind in TAKES_BACK:
        return "again" if original and original.kind in ("refund", "refund_from_loss") else "return"
    return "return" if event.kind == "twin_taken_back" else "other"


def _returned(original: Original | None, said: Said, net_cents: int) -> list[Goods]:
    """The goods that come back (their figures negative), as the refund names them or else all of the sale's."""
    lines = {line.line: line for line in original.lines} if original else {}
    share = said.share
    if share is None and original and original.kind != "sale":
        again = said_by(original.raw).share
        named = [(one[0], one[1], one[2], one[3]) for one in again["goods"]] if again else []
        return _dealt(named, lines, net_cents, 1)
    if share is not None:
        return _dealt([(one[0], one[1], one[2], one[3]) for one in share["goods"]], lines, net_cents, -1)
    named = [(n, line.code, line.qty_milli, max(0, line.amount_cents)) for n, line in lines.items()
             if ":" not in line.code]  # fmt: skip
    return _dealt(named, lines, net_cents, -1)


def _dealt(named: list[tuple[int, str, int, int]], lines: dict, net_cents: int, sign: int) -> list[Goods]:
    """named: line, code, quantity, what was paid for it."""
    named = [one for one in named if one[2] or one[3]]
    if not sum(one[3] for one in named):
        return [NOBODY_KNOWS._replace(net_cents=net_cents)] if net_cents else []
    dealt = shares(abs(net_cents), [one[3] for one in named])
    side = 1 if net_cents >= 0 else -1
    return [
        _goods_back(one, lines.get(one[0]), sign * one[2], side * part)
        for one, part in zip(named, dealt, strict=True)
    ]


def _goods_back(named: tuple[int, str, int, int], line: Any, qty_milli: int, net_cents: int) -> Goods:
    terms = (line.price_milli, line.tax_code, line.tax_bp) if line is not None else (0, "", 0)
    return Goods(named[1], *terms, qty_milli, 0, net_cents)


def _line(one: Goods, kind: str, of: int, of_date: dt.date, fuel: bool) -> tuple:
    sold = kind == "sale"
    return (
        kind, of, of_date, one.code, one.price_milli, one.tax_code, one.tax_bp,
        one.qty_milli if sold else 0, 0 if sold else -one.qty_milli, one.gross_cents,
        one.gross_cents - one.net_cents if sold else 0, 0 if sold else -one.net_cents, one.net_cents, fuel,
    )  # fmt: skip


def _fill(one: Goods, said: Said, revenue: dict[str, int]) -> tuple:
    fuel = said.fuel or Fuel()
    told = fuel.total_before_ml or fuel.total_after_ml  # not where two people have said what was delivered
    gap = fuel.total_after_ml - fuel.total_before_ml - fuel.ml if told else 0
    return (one.code, one.qty_milli, one.price_milli, one.gross_cents, gap, said.over_cents,
            revenue.get("receivable", 0), one.gross_cents + fuel.saved_cents, fuel.saved_cents,
            one.gross_cents - one.net_cents, one.net_cents, fuel.card, fuel.vehicle, fuel.odometer)  # fmt: skip


# ---- how it was paid


def _receipts(entries: Iterable[Any], event_kind: str) -> list[tuple]:
    """business, tender, new money, amount: what went to revenue by how it was paid, and what cash was for."""
    found: dict[tuple[str, str], int] = {}
    for entry in entries:
        for book, asset, other, other_asset, sign in (
            (entry.credit_book, entry.credit_asset, entry.debit_book, entry.debit_asset, 1),
            (entry.debit_book, entry.debit_asset, entry.credit_book, entry.credit_asset, -1),
        ):
            place = _place(book, asset, other, other_asset, event_kind)
            if place:
                found[place] = found.get(place, 0) + sign * entry.amount
    return [(business, tender, tender == "cash", cents) for (business, tender), cents in found.items() if cents]


def _place(book: str, asset: str, other: str, other_asset: str, event_kind: str) -> tuple[str, str] | None:
    if book == "revenue":
        return ("sale", "cash" if other == "cash" else _tender(asset, other, other_asset))
    if other == "cash" and book == "member":
        return ("payout" if event_kind in ("paid_out", "merged") else "top_up", "cash")
    if other == "cash" and book in ("receivable", "offline_credit"):
        return ("debt", "cash")
    return None


def _tender(asset: str, other: str, other_asset: str) -> str:
    if other == "member":
        return other_asset
    return asset if other == "gift_cost" else other


# ---- what members have


def _moves(page: LogPage, event: Any, entries: Iterable[Any]) -> list[tuple[str, tuple]]:
    found = []
    for entry in entries:
        own = entry.debit_book == entry.credit_book == "member" and entry.debit_party == entry.credit_party
        if entry.credit_book == "member":
            found.append(_move(page, event.kind, entry, "credit", "debit", 1, own))
        if entry.debit_book == "member":
            found.append(_move(page, event.kind, entry, "debit", "credit", -1, own))
    return found


def _move(page: LogPage, event_kind: str, entry: Any, mine: str, other: str, sign: int, own: bool) -> tuple[str, tuple]:
    account, asset = getattr(entry, mine + "_party"), getattr(entry, mine + "_asset")
    lot = getattr(entry, mine + "_lot")
    origin, lot_kind, expires, opened_s = page.lots.get((account, lot), ("", "", "", 0))
    kind = kind_of(asset, getattr(entry, other + "_book"), sign, event_kind, own)
    return account, (
        entry.n, sign, event_kind, asset_class(asset), asset, getattr(entry, mine + "_holder"), lot, origin, lot_kind,
        opened_s, _date(expires) if expires else None, kind, sign * entry.amount,
    )  # fmt: skip
