"""The register at the end is the register before it, plus who joined, less who left, in the stores' own days."""

import datetime as dt

import pytest

from hq_server.decisions.store import decision
from hq_server.fleet import store as fleet
from hq_server.members import store as members
from hq_server.reports import register
from hq_server.reports.run import sums_hold
from tests.hq_server.reports.asking import ask

COLUMNS = ("opening_members", "new_members", "left_members", "net_growth", "closing_members", "growth_rate")


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text + ":00+00:00").timestamp())


# account  joined at   home  UTC             | left, UTC
REGISTER = """
    a        0001       0001  2026-10-03T09:00
    b        0001       0001  2026-10-31T17:00 2026-11-20T10:00
    c        0001       0001  2026-11-10T10:00
    d        -          0002  2026-11-15T23:30
    e        0002       0002  2026-11-16T10:00 2026-11-17T10:00
    f        0002       0002  2026-12-01T10:00
"""
# In 0001 it is eight hours later than UTC: b joined in November there.
#  by       place      opening new left net closing  rate
TABLE = """
    store   | 0001          1   2    1   1      2 100000
    store   | 0002          0   2    1   1      1      -
    channel | store         1   3    2   1      2 100000
    channel | office        0   1    0   1      1      -
    day     | 2026-11-01    -   1    0   1      -      -
    day     | 2026-11-15    -   1    0   1      -      -
    day     | 2026-11-17    -   0    1  -1      -      -
    month   | 2026-11       -   4    2   2      -      -
    level   | regular       1   4    2   2      3 200000
    level   | total         1   4    2   2      3 200000
"""


@pytest.fixture()
def grown(hq):
    with hq.db.write() as connection:
        connection.execute(members.member.delete())
        fleet.set_store(connection, "0001", timezone="Asia/Shanghai")
        for number, line in enumerate(REGISTER.strip().splitlines(), 1):
            name, joined, home, when, *left = line.split()
            account = name * 32
            told = {"joined_at": joined.strip("-"), "home": home, "joined_at_s": at(when)}
            members.add_member(connection, account=account, level="regular", status="active", **told)
            if left:
                values = {"id": str(number) * 32, "kind": "close_account", "subject": account, "body": "{}"}
                ended = {"status": "done", "asked_at_s": at(when), "ended_at_s": at(left[0])}
                connection.execute(decision.insert().values(**values, **ended))
    return hq


@pytest.mark.parametrize("row", [line.strip() for line in TABLE.strip().splitlines()])
def test_figures(grown, row):
    by, figures = (part.strip() for part in row.split("|"))
    place, *expected = figures.split()
    found = ask(grown, "member_growth_stats", by, ("2026-11-01", "2026-11-30"))
    lines = {line.key[0]: line.values for line in found.rows} | {"total": found.total.values}
    told = [lines[place][column] for column in COLUMNS]
    assert ["-" if value is None else str(value) for value in told] == expected
    assert sums_hold(found)


def test_a_large_register_is_kept_ten_times_as_long_as_reading_it_took(hq, monkeypatch):
    clock = iter((100.0, 102.0, 121.0, 122.5, 122.5))  # read from 100 to 102: kept until 122

    def read() -> int:
        return register.Registers(hq.db, lambda: next(clock))["members"].num_rows

    monkeypatch.setattr(register, "LARGE_ROWS", 1)
    before = read()
    with hq.db.write() as connection:
        members.add_member(connection, account="9" * 32, joined_at_s=at("2026-11-15T23:30"))
    assert (read(), read()) == (before, before + 1)


def test_a_small_register_is_never_kept(hq):
    before = register.Registers(hq.db)["members"].num_rows
    with hq.db.write() as connection:
        members.add_member(connection, account="9" * 32, joined_at_s=at("2026-11-15T23:30"))
    assert register.Registers(hq.db)["members"].num_rows == before + 1
