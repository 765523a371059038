"""Customer value in reports: what the model says of each member, added up; and nothing where nobody has come back."""

import datetime as dt

import pyarrow as pa
import pytest

from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.reports import outlook
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.run import run, sums_hold
from tools.generated import facts, registers
from tools.generated.plan import Plan, Size

SIZE = Size(lines=9000, stores=2, members=120, goods=30, months=3, first="2026-08", seed=5)
ASKED = Question("2026-08-01", "2026-12-01", ("risk_band",))  # a month after the last sale


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder, plan = Folder(tmp_path_factory.mktemp("facts")), Plan(SIZE)
    facts.write(plan, folder)
    opened = FactBase(folder, registers.of(plan))
    yield opened
    opened.close()


def test_members_by_their_chance_to_have_left(base):
    told = run(base, REPORTS["customer_value"], ASKED)
    assert sums_hold(told)
    rows = {line.key[0]: line.values for line in told.rows}
    assert set(rows) <= {"00-10", "10-25", "25-50", "50-75", "75-100", "never"}
    assert 0 < told.total.values["mean_risk"] < 100_000
    assert told.total.values["expected_purchases"] > 0 and told.total.values["expected_value"] > 0
    likely = [rows[band]["mean_risk"] for band in sorted(rows) if band != "never"]
    assert likely == sorted(likely)


def test_where_nobody_came_back_nothing_is_told():
    day = dt.date(2026, 11, 1)
    once = {"first_ever": pa.array([day, None]), "last_ever": pa.array([day, None]), "ever_days": [1, 0]}
    told = outlook.with_outlook(pa.table(once | {"ever_cents": [500, 0]}), day)
    assert told.select(outlook.COLUMNS[:4]).to_pylist() == [dict.fromkeys(outlook.COLUMNS[:4])] * 2
    assert told["risk_band"].to_pylist() == ["never", "never"]
