"""A made-up chain told as events through the real ingest has the very facts that are made of it directly."""

import numpy as np
import pyarrow as pa
import pytest

from hq_server.cards import store as cards
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.members import store as members
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.run import run
from protocol.ledger import spending
from tests.hq_server import engines, small_chain
from tests.hq_server.small_shop import SmallShop, _frame
from tools.generated import facts, registers
from tools.generated.plan import VOID_EVERY, Plan, Size

SMALL = Size(lines=1200, stores=2, members=24, goods=30, months=2, first="2026-10", seed=7)
WHOSE = ("event", "sale_event", "received_at_s")  # ids and the clock of head office, which chance does not give


@pytest.fixture(scope="module")
def plan():
    return Plan(SMALL)


@pytest.fixture(scope="module")
def made(plan, tmp_path_factory):
    """Facts made directly."""
    folder = Folder(tmp_path_factory.mktemp("made"))
    facts.write(plan, folder)
    base = FactBase(folder, {})
    yield {table: base.read(table) for table in SCHEMAS}
    base.close()


@pytest.fixture(scope="module")
def booked(plan, tmp_path_factory):
    """Facts of the same sales, told by two stores to head office."""
    directory = tmp_path_factory.mktemp("hq")
    hq = small_chain.open_chain(directory, int(small_chain.START.timestamp()))
    with hq.db.write() as connection:
        for number, account in enumerate(plan.accounts):
            members.add_member(connection, account=account, home=plan.home(number), joined_at_s=1)
            cards.add_card(connection, f"0001:{number:014X}", account, 1)
    shops = {shop.store: shop for shop in small_chain.open_shops(hq, 1)}
    for sales, _ in facts.parts(plan):
        tell(plan, sales, shops)
    for shop in shops.values():
        small_chain.deliver(hq, shop)
    folder = Folder(tmp_path_factory.mktemp("booked"))
    while projecting.catch_up(hq.db, folder, hq.now_s()).more:
        pass
    base = FactBase(folder, {})
    yield {table: base.read(table) for table in SCHEMAS}
    base.close()
    hq.close()
    engines.drop(directory)


def tell(plan: Plan, sales, shops: dict[str, SmallShop]) -> None:
    """Each sale as its store's gateway would write it, and its void if it has one."""
    starts = np.cumsum(sales.lines) - sales.lines
    for at, start in enumerate(starts.tolist()):
        shop = shops[plan.stores[sales.store[at]]]
        lines = [
            _line(plan.goods[code], int(pieces), int(plan.price_cents[code]))
            for code, pieces in zip(
                sales.line_goods[start : start + sales.lines[at]],
                sales.line_pieces[start : start + sales.lines[at]],
                strict=True,
            )
        ]
        account = plan.accounts[sales.member[at]] if sales.member[at] >= 0 else ""
        at_s = int(sales.at_s[at])
        day = str(np.datetime64(at_s, "s"))[:10]
        transfer = sell(shop, day, at_s, lines, account)
        if sales.voided[at]:
            shop.void(day, at_s + 1, account, transfer)


def _line(code: str, pieces: int, price_cents: int) -> dict:
    return {
        "code": code, "qty_milli": pieces * 1000, "price_milli": price_cents * 1000, "tax_code": facts.TAX_CODE,
        "tax_bp": facts.TAX_BP, "amount_cents": pieces * price_cents,
    }  # fmt: skip


def sell(shop: SmallShop, day: str, at_s: int, lines: list[dict], account: str) -> str:
    request, transfer = shop._request("pos1")
    total = sum(line["amount_cents"] for line in lines)
    entries = (spending.cash(transfer, shop.store, total, 1),)
    points = total // facts.POINT_CENTS if account else 0
    entries += shop._earn(account, transfer, points, at_s, 2) if points else ()
    shop.receipt += 1
    shop.booked[transfer] = entries
    told = {"request": request, "account": account or None, "operator": facts.OPERATOR, "shift": facts.SHIFT}
    told |= {"receipt": shop.receipt, "lines": lines, "tenders": {"cash": total}, "earned_points": points}
    told |= {"pending_points": 0, "offline": False, "frame": _frame(request, "pay", total_cents=total)}
    shop.write("sale", day, at_s, transfer, entries, **told)
    return transfer


def named(tables: dict[str, pa.Table], table: str) -> list[dict]:
    """Rows with the request in place of ids that head office gives."""
    of = dict(zip(tables["sales"]["event"].to_pylist(), tables["sales"]["transfer"].to_pylist(), strict=True))
    rows = []
    for row in tables[table].to_pylist():
        whose = {"of": of[row["event"]], "sale": of.get(row.get("sale_event"))}
        rows.append(whose | {name: value for name, value in row.items() if name not in WHOSE})
    return sorted(rows, key=lambda row: (row["of"], row["n"]))


@pytest.mark.parametrize("table", ["sales", "sale_lines", "receipts", "value_moves", "taps"])
def test_both_ways_give_the_same_facts(made, booked, table):
    own, told = named(made, table), named(booked, table)
    assert len(own) > 200 and own == told


def test_nothing_else_was_told(booked):
    assert [table for table in SCHEMAS if booked[table].num_rows == 0] == ["fuel_fills", "fuel_litres", "shifts"]


def test_the_same_seed_is_the_same_chain_and_another_is_not(plan):
    again, other = Plan(SMALL), Plan(SMALL._replace(seed=8))
    same = [np.array_equal(a, b) for a, b in zip(plan.sales(1, 0, 2), again.sales(1, 0, 2), strict=True)]
    assert all(same)
    assert plan.accounts[0] != other.accounts[0]
    assert not np.array_equal(plan.counts[0], other.counts[0])


def test_events_are_numbered_without_gaps(made):
    numbers = made["sales"]["event"].to_pylist()
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert sum(kind == "return" for kind in made["sales"]["kind"].to_pylist()) >= len(numbers) // VOID_EVERY - 2


def test_a_store_at_a_time_or_all_at_once_sells_as_much(plan):
    apart = sum(len(plan.sales(0, store, store + 1).store) for store in range(SMALL.stores))
    assert apart == len(plan.sales(0, 0, SMALL.stores).store) == plan.counts[0].sum()


def test_reports_are_asked_of_a_made_up_chain(plan, made, tmp_path):
    """The registers fit: sales by region, members by class."""
    folder = Folder(tmp_path)
    facts.write(plan, folder)
    base = FactBase(folder, registers.of(plan))
    year = ("2026-01-01", "2026-12-31")
    sold = run(base, REPORTS["sales_summary"], Question(*year, ("region",))).total.values
    assert sold["net_sales"] == sum(made["sales"]["net_cents"].to_pylist())
    classed = run(base, REPORTS["rfm_eight_segments"], Question(*year, ("segment",))).total.values
    assert classed["members"] == SMALL.members
    base.close()
