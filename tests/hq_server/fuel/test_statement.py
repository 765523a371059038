"""What a company gets: litres by driver and car, the way between odometers, files; as tables in words."""

import csv
import io
import zipfile

import pytest

from hq_server.fuel import files, statement
from hq_server.fuel.statement import Fill
from hq_server.vault import lives
from tests.hq_server.conftest import NOW_S, guard_of, program, visit
from tests.hq_server.fuel.pumping import deliver, fill
from tests.hq_server.small_chain import ACCOUNTS, open_shops
from tests.hq_server.small_shop import SmallShop

ADA, CARD, DAY = ACCOUNTS[0], "0001:04A1B2C3D4E501", "2026-11-16"


def fills(*told: tuple[int, int]) -> list[Fill]:
    return [Fill(n, "0001", n, DAY, n, CARD, "car", km, "95", ml, 76_000, 100, 0) for n, (ml, km) in enumerate(told, 1)]


@pytest.mark.parametrize(
    "told, km, per_100km, note",
    [
        ([(40_000, 1_000), (32_000, 1_400)], 400, 8_000, ""),  # of the first nobody knows how full the tank was
        ([(40_000, 1_000), (10_000, 0), (22_000, 1_400)], 400, 8_000, ""),  # one without a reading is burnt too
        ([(10_000, 0), (40_000, 1_000), (32_000, 1_400), (50_000, 0)], 400, 8_000, ""),
        ([(40_000, 1_400), (32_000, 1_000)], None, None, "odometer_back"),
        ([(40_000, 1_000)], None, None, ""),
        ([(40_000, 1_000), (32_000, 1_000)], 0, None, ""),
        ([], None, None, ""),
    ],
)
def test_the_way_from_reading_to_reading(told, km, per_100km, note):
    assert statement.way(fills(*told)) == (km, per_100km, note)


@pytest.fixture()
def fleet(hq):
    """A company with one driver whose car was filled twice at one store and once at another, by another plate."""
    one, two = open_shops(hq, 1)
    boss = program(hq, "administrator")
    company = {"name": "Lovelace Haulage", "tax_number": "91310000", "contact": "Ada"}
    assert boss.put("/api/v1/fuel/companies/" + ADA, json=company).status_code == 200
    limits = {"driver": "Byron", "plates": ["AB 12345"], "day_ml": 100_000, "asks": ["odometer"]}
    assert boss.put("/api/v1/fuel/cards/" + CARD, json=limits).json() == {"version": 1}
    fill(one, DAY, NOW_S, 40_000, ADA, CARD, plate="ab-12345", odometer=1_000, saved_cents=100)
    fill(one, DAY, NOW_S + 9, 32_000, ADA, CARD, plate="AB12345", odometer=1_400)
    deliver(hq, one)
    fill(two, DAY, NOW_S + 5, 5_000, ADA, CARD, plate="ZZ1")
    deliver(hq, two)
    return boss


def told(boss) -> dict:
    span = f"from_date={DAY}&to_date={DAY}"
    return boss.get(f"/api/v1/fuel/companies/{ADA}/statement?{span}").json()


def test_a_statement_by_driver_and_car(fleet):
    found = told(fleet)
    assert [(one["name"], one["ml"], one["fills"]) for one in found["by_card"]] == [("Byron", 77_000, 3)]
    cars = {one["name"]: (one["ml"], one["km"], one["ml_per_100km"]) for one in found["by_vehicle"]}
    assert cars.pop("AB12345") == (72_000, 400, 8_000)
    assert list(cars.values()) == [(5_000, None, None)]  # a car that head office knows by number only
    assert found["total"]["saved_cents"] == 100


def test_a_fill_that_only_a_terminals_journal_knows_is_on_the_statement(fleet, hq):
    with hq.vault() as vault:
        lives.begin(vault, "0001", "7" * 32)
    later = SmallShop("0001", "7" * 32, journal="6b3a09c1")
    request, transfer = later._request("pump1")
    line = {"code": "95", "qty_milli": 9_000, "price_milli": 76_000, "amount_cents": 684}
    fuel = {"ml": 9_000, "amount_cents": 684, "last": True, "card": CARD, "day": DAY}
    told_so = {"message": "capture", "account": ADA, "lines": [line], "fuel": fuel, "owed_cents": 684}
    later.write("testified", DAY, NOW_S, transfer, life="1" * 32, request=request, **told_so)
    deliver(hq, later)
    assert [(one["name"], one["ml"], one["fills"]) for one in told(fleet)["by_card"]] == [("Byron", 86_000, 4)]


def test_files_say_the_same(fleet):
    titles = {name: name for name in (*files.COLUMNS, *files.SUMS, "by_driver", "by_car", "fills")}
    rows = list(csv.reader(io.StringIO(files.as_csv(told(fleet), 2, titles).decode("utf-8-sig"))))
    assert rows[0] == list(files.COLUMNS) and [row[9] for row in rows[1:]] == ["40.0", "5.0", "32.0"]
    assert {row[4] for row in rows[1:]} == {"Byron"} and rows[1][6] == "AB12345" and rows[1][11:] == ["1.0", "30.4"]
    with zipfile.ZipFile(io.BytesIO(files.as_xlsx(told(fleet), 2, titles))) as book:
        assert len([name for name in book.namelist() if name.startswith("xl/worksheets/")]) == 3


def test_a_plate_that_is_learnt_later_names_earlier_fills(fleet, hq):
    browser = visit(hq, "administrator")
    page = browser.get(f"/fuel/companies/{ADA}?from_date={DAY}&to_date={DAY}").text
    assert "AB12345" in page and "Byron" in page and "8" in page and "ZZ1" not in page
    path = f"/fuel/companies/{ADA}/plates"
    assert browser.post(path, data={"plate": "zz 1", "guard": guard_of(page)}).status_code == 200
    assert "ZZ1" in browser.get(f"/fuel/companies/{ADA}?from_date={DAY}&to_date={DAY}").text
    sheet = browser.get(f"/fuel/companies/{ADA}/statement.csv?from_date={DAY}&to_date={DAY}")
    assert sheet.headers["content-type"].startswith("text/csv") and "ZZ1" in sheet.text
    assert "Company&#39;s statement downloaded" in browser.get("/audit").text


def test_who_may_not_see_people_sees_no_companies(fleet, hq):
    assert visit(hq, "marketing").get("/fuel/companies").status_code == 403
    assert program(hq, "finance", "other").get("/api/v1/fuel/companies/" + ADA).status_code == 403


def test_one_drivers_card_is_blocked_alone(fleet, hq):
    browser = visit(hq, "administrator")
    page = browser.get("/fuel/companies/" + ADA).text
    assert f'action="/cards/{CARD}/status"' in page
    assert "blocked at 0 of 2" in browser.post(
        f"/cards/{CARD}/status", data={"status": "blocked", "guard": guard_of(page)}
    ).text
