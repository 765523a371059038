"""Value expires at the store that holds it, by its own business date, only while its clock is sure."""

import pytest

from gateway.core import upkeep
from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, RULES, Stage, Till, ready

# It is 2023-11-14 in the store. last day of the lot, grace days, what head office's clock says -> what is left of 5.00
DAYS = """
last day   | grace | head office | left
           | 0     | agrees      | 500
2023-11-14 | 0     | agrees      | 500
2023-11-13 | 0     | agrees      | 0
2023-11-13 | 1     | agrees      | 500
2023-11-10 | 3     | agrees      | 0
2023-11-13 | 0     | silent      | 500
2023-11-13 | 0     | a day ahead | 500
2023-11-13 | 0     | 4 min ahead | 0
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def a_minute(stage: Stage, hq: str = "agrees") -> None:
    ahead_s = {"agrees": 0, "a day ahead": 86400, "4 min ahead": 240}
    if hq in ahead_s:
        stage.uplink("line", {"up": True, "at_s": stage.clock.at_s + ahead_s[hq]})
    stage.clock.at_ms += 60_000
    stage.clock.at_s += 60
    stage.desk.tick()


def here(stage: Stage, asset: str = "bonus") -> int:
    return stage.db.execute("SELECT COALESCE(SUM(amount), 0) FROM slices WHERE asset = ?", (asset,)).fetchone()[0]


@pytest.mark.parametrize("last, grace, hq, left", rows(DAYS))
def test_days(last, grace, hq, left):
    stage, _ = with_bonus(last or None, int(grace))
    a_minute(stage, hq)
    assert here(stage) == int(left)
    expired = [event for event in stage.events() if event["kind"] == "expired"]
    assert len(expired) == (left == "0")
    assert [entry[1] for event in expired for entry in event["entries"]] == ["breakage/0001/bonus"] * len(expired)


def with_bonus(last: str | None, grace: int = 0) -> tuple[Stage, Till]:
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "grace_days": grace})
    terms = {"asset": "bonus", "lot": "0b" * 8, "amount": 500, "origin": "0002", "kind": "top_up", "expires": last}
    stage.grant(0, slices=[terms | {"opened_s": 1}])
    return stage, till


def test_it_expires_once_a_day_and_what_comes_later_waits_for_tomorrow():
    stage, _ = with_bonus("2023-11-13")
    a_minute(stage)
    terms = {"asset": "bonus", "lot": "0c" * 8, "amount": 70, "origin": "0002", "kind": "top_up"}
    stage.tell(
        "grant",
        grant="0f" * 16,
        incarnation=INCARNATION,
        account=ALICE,
        slices=[terms | {"expires": "2023-11-01", "opened_s": 1}],
    )
    a_minute(stage)
    assert here(stage) == 70
    stage.clock.at_s += 86400
    stage.clock.at_ms += 86_400_000
    a_minute(stage)
    assert here(stage) == 0 and stage.kinds().count("expired") == 2


def test_no_start_that_is_not_witnessed_expires_anything():
    stage, till = with_bonus("2023-11-13")
    stage.start()
    a_minute(stage)
    assert here(stage) == 500
    till.hello(answers=stage.shop.asks)
    a_minute(stage)
    assert here(stage) == 0


def test_a_debit_is_never_orphaned_when_its_lot_expires():
    """FloCafe#78: earn 100, spend 60, the lot expires, earn 50 more: 50 are left, not 50 less 60."""
    stage, till = ready()
    stage.grant(100, asset="points", lot="0b" * 8)
    stage.db.execute("UPDATE slices SET expires = '2023-11-13'")
    till.scan(1, ["100"])
    tenders = {"points": 60, "points_cents": 60, "cash_cents": 940}
    assert till.request("pay", **till.pay(1, 1, account=ALICE, tap=till.tap(), **tenders))[1]["here"]["points"] == 49
    a_minute(stage)
    assert here(stage, "points") == 9  # earned by the sale; the 40 that were left have expired
    stage.grant(50, asset="points", lot="0c" * 8, grant="0f" * 16)
    assert here(stage, "points") == 59


def test_a_void_finds_its_lots_after_their_emptied_slices_have_gone():
    stage, till = ready()
    stage.grant(1000)
    till.scan(1, ["100"])
    till.request("pay", **till.pay(1, 1, account=ALICE, tap=till.tap(), stored_cents=1000))
    a_minute(stage)
    stage.db.execute("DELETE FROM slices WHERE amount = 0")
    assert till.request("void", j=JOURNAL, l=0, n=1, at_s=0)[1]["outcome"] == "reversed"
    assert here(stage, "principal") == 1000


def test_many_accounts_are_done_some_at_a_time(monkeypatch):
    stage, _ = with_bonus("2023-11-13")
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    for number in range(5):
        row = (f"{number:032x}", "bonus", f"{number:016x}", 10, "0002", "top_up", "2023-11-01", 1)
        stage.db.execute("INSERT INTO slices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    done = []
    for _ in range(4):
        a_minute(stage)
        done.append(stage.kinds().count("expired"))
    assert done == [2, 4, 6, 6]
