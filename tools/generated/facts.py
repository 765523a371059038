"""The facts of a made-up chain, as the projection would make them of its events: columns of a month and some stores.

    .venv/bin/python -m tools.generated.facts DIR --lines 100000000
"""

import argparse
import datetime as dt
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from hq_server.facts.files import Folder
from hq_server.facts.shapes import completed, compute, given
from protocol.ledger.lots import month_start
from tools.generated.plan import VOID_EVERY, Plan, Sales, Size

JOURNAL, OPERATOR, SHIFT, TAX_CODE, TAX_BP = "5f3a09c1", "11", 1, "S", 800
SALES_AT_ONCE = 350_000  # about a million lines: 300 MB of columns
DAY_S = 86400
POINT_CENTS = 100  # a point for so many


class Events:
    """Events of sales in the order in which a store tells them: each sale, and its void if it has one.

    of: the sale that an event is of. back: whether it is the void. number: event id at head office.
    """

    def __init__(self, plan: Plan, sales: Sales, first_event: int):
        self.plan, self.sales = plan, sales
        self.of = np.repeat(np.arange(len(sales.store)), 1 + sales.voided)
        self.back = np.zeros(len(self.of), dtype=bool)
        self.back[np.cumsum(1 + sales.voided)[sales.voided] - 1] = True
        self.number = first_event + np.arange(len(self.of))
        self.sold_as = self.number[~self.back]  # event id of each sale
        self.total_cents = _per_sale(sales, plan.price_cents[sales.line_goods] * sales.line_pieces)
        self.pieces = _per_sale(sales, sales.line_pieces)
        self.points = np.where(sales.member >= 0, self.total_cents // POINT_CENTS, 0)
        self.receipt = sales.number[self.of] + (sales.number[self.of] - 1) // VOID_EVERY + self.back

    def header(self, rows: np.ndarray, n: np.ndarray | None = None) -> dict[str, Any]:
        """HEADER of rows; each is of an event (its place)."""
        of, back = self.of[rows], self.back[rows]
        at_s = self.sales.at_s[of] + back
        return {
            "event": self.number[rows], "n": np.ones(len(rows), dtype=np.int32) if n is None else n,
            "business_date": pa.array(at_s // DAY_S, pa.int32()).cast(pa.date32()), "hour": at_s % DAY_S // 3600,
            "at_s": at_s, "received_at_s": at_s, "store": _named(self.plan.stores, self.sales.store[of]),
            "terminal": _named([store + "-pos1" for store in self.plan.stores], self.sales.store[of]),
            "operator": _either(back, "", OPERATOR), "shift": np.where(back, 0, SHIFT),
            "account": self.plan.account_texts.take(pa.array(self.sales.member[of] + 1)),
            "offline": np.zeros(len(rows), dtype=bool),
        }  # fmt: skip


def _named(names: list[str], which: np.ndarray) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(which))


def _either(first: np.ndarray, yes: str, no: str) -> pa.Array:
    return pa.array([no, yes], pa.string()).take(pa.array(first.astype(np.int8)))


def _same(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _per_sale(sales: Sales, of_lines: np.ndarray) -> np.ndarray:
    if not len(sales.lines):
        return np.zeros(0, dtype=np.int64)
    return np.add.reduceat(of_lines, np.cumsum(sales.lines) - sales.lines).astype(np.int64)


def tables(plan: Plan, sales: Sales, first_event: int) -> dict[str, pa.Table]:
    """Table -> rows."""
    events = Events(plan, sales, first_event)
    made = {"sales": _sales, "sale_lines": _lines, "receipts": _receipts, "value_moves": _moves, "taps": _taps}
    return {table: _table(table, rows(events)) for table, rows in made.items()}


def _table(name: str, columns: dict[str, Any]) -> pa.Table:
    schema = given(name)
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return completed(name, pa.Table.from_arrays(arrays, schema=schema))


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    return pa.array(values.astype(bool) if kind == pa.bool_() else values).cast(kind)


def _sales(events: Events) -> dict[str, Any]:
    rows, back = np.arange(len(events.of)), events.back
    of, zero = events.of, np.zeros(len(events.of), dtype=np.int64)
    total, pieces = events.total_cents[of], events.pieces[of] * 1000
    header = events.header(rows)
    return header | {
        "kind": _either(back, "return", "sale"), "transfer": _transfers(events),
        "sale_event": events.sold_as[of], "sale_date": header["business_date"], "receipt": events.receipt,
        "gross_cents": np.where(back, 0, total), "off_cents": zero, "points_cents": zero,
        "returned_cents": np.where(back, total, 0), "net_cents": np.where(back, -total, total),
        "qty_milli": np.where(back, 0, pieces), "returned_milli": np.where(back, pieces, 0),
        "lines": events.sales.lines[of], "earned_points": np.where(back, 0, events.points[of]),
        "pending_points": zero, "fuel": zero,
    }  # fmt: skip


def _transfers(events: Events) -> pa.Array:
    """Request ids: '0001-pos1/5f3a09c1/0/17', of a void '.../void'."""
    heads = [f"{store}-pos1/{JOURNAL}/0/" for store in events.plan.stores]
    number = pa.array(events.sales.number[events.of]).cast(pa.string())
    tails = _either(events.back, "/void", "")
    return compute.binary_join_element_wise(_named(heads, events.sales.store[events.of]), number, tails, "")


def _lines(events: Events) -> dict[str, Any]:
    """Lines of each event: those of its sale, once more where it is taken back."""
    sales = events.sales
    count = sales.lines[events.of]
    rows = np.repeat(np.arange(len(events.of)), count)
    n = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    line = (np.cumsum(sales.lines) - sales.lines)[events.of[rows]] + n
    goods, pieces, back = sales.line_goods[line], sales.line_pieces[line], events.back[rows]
    price = events.plan.price_cents[goods]
    cents, zero = price * pieces, np.zeros(len(rows), dtype=np.int64)
    header = events.header(rows, n + 1)
    return header | {
        "kind": _either(back, "return", "sale"), "sale_event": events.sold_as[events.of[rows]],
        "sale_date": header["business_date"], "code": _named(events.plan.goods, goods), "price_milli": price * 1000,
        "tax_code": _same(TAX_CODE, len(rows)), "tax_bp": zero + TAX_BP, "qty_milli": np.where(back, 0, pieces * 1000),
        "returned_milli": np.where(back, pieces * 1000, 0), "gross_cents": np.where(back, 0, cents),
        "off_cents": zero, "returned_cents": np.where(back, cents, 0), "net_cents": np.where(back, -cents, cents),
        "fuel": zero,
    }  # fmt: skip


def _receipts(events: Events) -> dict[str, Any]:
    rows, total = np.arange(len(events.of)), events.total_cents[events.of]
    return events.header(rows) | {
        "business": _same("sale", len(rows)), "tender": _same("cash", len(rows)), "new_money": rows >= 0,
        "amount_cents": np.where(events.back, -total, total),
    }


def _taps(events: Events) -> dict[str, Any]:
    rows, empty = np.arange(len(events.of)), _same("", len(events.of))
    return events.header(rows) | {
        "kind": _either(events.back, "void", "sale"), "message": empty, "reason": empty, "second": empty,
        "amount_cents": np.where(events.back, 0, events.total_cents[events.of]), "receipt": events.receipt,
    }


def _moves(events: Events) -> dict[str, Any]:
    """Points given with sales to members, and taken back."""
    rows = np.flatnonzero(events.points[events.of] > 0)
    of, back = events.of[rows], events.back[rows]
    amount, store = events.points[of], _named(events.plan.stores, events.sales.store[of])
    opened_s, lots = _lots(events, of)
    return events.header(rows) | {
        "entry": np.full(len(rows), 2), "sign": np.where(back, -1, 1), "event_kind": _either(back, "void", "sale"),
        "asset_class": _same("points", len(rows)), "asset": _same("points", len(rows)), "holder": store, "lot": lots,
        "origin": store, "lot_kind": _same("earned", len(rows)), "opened_s": opened_s,
        "expires": pa.nulls(len(rows), pa.date32()), "kind": _either(back, "reversed", "earned"),
        "amount": np.where(back, -amount, amount),
    }  # fmt: skip


def _lots(events: Events, of: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """What a member earns in a month at a store is one lot, named after its terms (protocol/ledger/lots.py)."""
    plan, sales = events.plan, events.sales
    if not len(of):
        return of, pa.array([], pa.string())
    opened_s = month_start(int(sales.at_s[of[0]]))  # sales are those of one month
    place = sales.member[of] * plan.size.stores + sales.store[of]
    unique, which = np.unique(place, return_inverse=True)
    tail = f"|earned||{opened_s}"
    names = [
        sha256(f"{plan.accounts[one // plan.size.stores]}|points|{plan.stores[one % plan.size.stores]}{tail}".encode())
        .hexdigest()[:16]
        for one in unique.tolist()
    ]  # fmt: skip
    return np.full(len(of), opened_s), pa.array(names, pa.string()).take(pa.array(which))


def parts(plan: Plan) -> Iterator[tuple[Sales, int]]:
    """All sales, month by month and some stores at a time, with the number of their first event."""
    event = 1
    for month, counts in enumerate(plan.counts):
        sums = np.cumsum(counts.sum(axis=1)) // SALES_AT_ONCE
        edges = [0, *(np.flatnonzero(np.diff(sums)) + 1).tolist(), plan.size.stores]
        for first, last in zip(edges, edges[1:], strict=False):
            sales = plan.sales(month, first, last)
            yield sales, event
            event += len(sales.store) + int(sales.voided.sum())


def write(plan: Plan, folder: Folder, said: Any = lambda lines: None) -> int:
    """Writes all facts; how many sale lines there are. Raises BlockingIOError while another process writes."""
    lines = 0
    with folder.writing() as writer:
        if writer is None:
            raise BlockingIOError("another process writes facts")
        for sales, event in parts(plan):
            made = tables(plan, sales, event)
            for table, rows in made.items():
                writer.add(table, rows, "generated")
            lines += made["sale_lines"].num_rows
            said(lines)
        writer.commit(int(dt.datetime.now(dt.UTC).timestamp()))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Facts of a made-up chain.")
    parser.add_argument("directory", type=Path)
    for name, default in Size(10_000_000)._asdict().items():
        parser.add_argument("--" + name, type=type(default), default=default)
    told = vars(parser.parse_args())
    begun_s, folder = time.monotonic(), Folder(told.pop("directory"))
    lines = write(Plan(Size(**told)), folder)
    took_s = time.monotonic() - begun_s
    print(f"{lines:,} sale lines in {took_s:.0f} s: {lines / took_s:,.0f} a second")


if __name__ == "__main__":
    main()
