"""Past sales in facts: counted by reports of sales, unknown to all books."""

import pytest

from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.imports.run import bring
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.register import registers
from hq_server.reports.run import run, sums_hold

MEMBERS = "number,card\n1,0001:04A1B2C3D4E501\n"  # Ada, who is there already
SALES = """store,document,date,time,member,code,quantity,amount,discount
0001,A-1,2025-11-20,23:30,1,4001,2,20.00,5.00
0001,A-1,2025-11-20,23:30,1,4002,1.5,1.94,
0001,A-1,2025-11-20,23:30,1,4003,-1,-3.00,
0002,A-1,2025-12-03,09:00,,7777,1,3.00,
"""


def bring_in(hq, kind: str, text: str) -> None:
    with hq.db.write() as connection:
        assert bring(connection, hq, kind, text.encode(), "file", "tester", False).done


def caught_up(hq, folder: Folder) -> FactBase:
    while projecting.catch_up(hq.db, folder, hq.now_s()).more:
        pass
    with hq.db.read() as connection:
        return FactBase(folder, registers(connection))


@pytest.fixture()
def history(hq):
    bring_in(hq, "members", MEMBERS)
    bring_in(hq, "sales", SALES)
    return hq


def totals(base: FactBase, report: str = "sales_summary", by: str = "store") -> dict:
    told = run(base, REPORTS[report], Question("2025-11-01", "2025-12-31", (by,)))
    assert sums_hold(told)
    return told.total.values


def test_reports_of_sales_count_them(history, tmp_path):
    base = caught_up(history, Folder(tmp_path))
    told = totals(base)
    names = ("txn_count", "gross_amount", "discount_amount", "returns_amount", "net_sales", "member_net_sales")
    assert [told[name] for name in names] == [2, 29_94, 5_00, 3_00, 21_94, 18_94]
    assert (told["units"], totals(base, "return_records")["units_returned"]) == (4500, 1000)
    assert totals(base, "product_sales_qty", "product")["net_sales"] == 21_94
    assert totals(base, "checkout_receipts_summary", "tender")["net_receipts"] == 0
    assert [base.read(table).num_rows for table in ("receipts", "taps", "value_moves")] == [0, 0, 0]
    base.close()


def test_what_is_corrected_is_made_anew_and_once(history, tmp_path):
    folder = Folder(tmp_path)
    caught_up(history, folder).close()
    bring_in(history, "sales", SALES.replace(",3.00,", ",4.00,"))
    base = caught_up(history, folder)
    assert (totals(base)["net_sales"], base.read("sales").num_rows) == (22_94, 3)
    base.close()
    projecting.rebuild(history.db, folder, history.now_s())
    base = caught_up(history, folder)
    assert (totals(base)["net_sales"], base.read("sales").num_rows) == (22_94, 3)
    assert projecting.behind(history.db, folder) == 0
    base.close()
