"""Every report on the golden set: the engine's figures beside those of a plain reading of its definition."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.fleet import store as fleet
from hq_server.goods import store as goods_store
from hq_server.ledger import store as books
from hq_server.members import store as members
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.register import registers
from hq_server.reports.run import run, sums_hold
from tests.hq_server.reports.golden import expected, expected_classes, expected_members, expected_value, story
from tests.hq_server.reports.golden.reading import Scene

NOVEMBER, DECEMBER = ("2026-11-01", "2026-11-30"), ("2026-12-01", "2026-12-31")
WEEK, ALL, PART = ("2026-11-16", "2026-11-22"), ("2026-11-01", "2026-12-31"), ("2026-12-02", "2026-12-05")
READINGS = vars(expected_classes) | vars(expected) | vars(expected_value) | vars(expected_members)
PERIODS = {"nov": NOVEMBER, "dec": DECEMBER, "7days": WEEK, "all": ALL, "part": PART}

# report                              periods        told apart by                             read as
CASES = """
sales_summary                        nov dec all    store, membership, operator                 sales
sales_summary                        part           day, hour, month+store                      sales
sales_summary                        all            day, month+store                            sales
sales_trend                          7days           day                                         daily
sales_period_comparison              dec part       store                                       compared
product_sales_qty                    dec all        unit+product                                goods
product_qty_trend                    all            month                                       goods
product_sales_ranking                nov dec        product                                     ranking
return_records                       nov dec        store+product                               goods
product_structure                    all            category                                    goods
category_role                        nov            category                                    goods
activity_by_item                     all            product                                     goods
member_order_history                 all            account                                     sales_of_members
after_sales_records                  dec            account                                     returns_of_members
checkout_receipts_summary            nov dec all    business+tender                             receipts
checkout_receipts_summary            all            store                                       receipts
checkout_receipts_analysis           all            tender                                      receipts
shift_report                         nov            store+operator                              shifts
member_topup                         nov all        store, day                                  top_ups
member_topup_ranking                 all            account                                     top_ups
stored_value_deduction               nov dec        store+issuer                                deductions
stored_value_deduction               all            offline                                     deductions
inter_store_stored_value_settlement  nov dec all    issuer+store                                settlement
stored_value_ledger                  nov dec all    issuer, account                             stored
stored_value_closing_balance         nov dec        issuer                                      stored
points_ledger                        nov dec        issuer, account                             points
points_closing_balance               dec            issuer                                      points
points_redemption                    nov            store                                       redemption
punch_ledger                         nov            asset                                       punches
punch_card_closing_balance           all            asset                                       punches
punch_card_topup                     nov            asset                                       punches_added
punch_card_deduction_stats           nov            store                                       punches_used
coupon_usage                         nov            store                                       coupons_used
coupon_issuance                      nov            asset                                       coupons_issued
fuel_sales_stats                     nov dec        product                                     fuel
fuel_totals_vs_sales                 nov all        nozzle+fuel_shift, day, store+product       litres
fuel_by_card                         nov            fuel_card, fuel_card+vehicle                fuel
refusals                             nov            reason                                      refusals
cancelled_order_log                  nov            store                                       cancelled
member_growth_stats                  nov dec        store                                       register
member_growth_stats                  all            month                                       register
activity_by_frequency                all            frequency_band                              profiles
activity_by_amount                   nov            spend_band                                  profiles
activity_by_last_purchase            dec            recency_band                                profiles
member_level_distribution            nov            level                                       profiles
member_count_report                  dec            home_store                                  profiles
rfm_eight_segments                   all            segment                                     rfm
member_rfm_analysis                  nov            segment                                     rfm
member_constellation_distribution    nov            star_sign                                   born
member_chinese_zodiac_distribution   nov            animal                                      born
member_era_distribution              nov            decade                                      born
member_age_distribution              dec            age_band                                    born
checkout_receipts_trend              7days           day                                         receipts
checkout_receipts_period_comparison  dec            store                                       receipts_compared
stored_value_punch_changes           nov all        asset+move                                  changes
inter_store_points_settlement        all            issuer+store                                points_settled
punch_card_remaining                 nov            asset                                       punches_left
coupons_outstanding                  nov all        asset                                       coupons_left
fuel_staff_performance               nov            operator                                    attendants
member_growth_trend                  7days           day                                         new_by_day
enrolment_period_comparison          nov dec        store                                       joined_compared
member_consumption_records           all            account+product                             goods_of_members
omni_channel_acquisition             all            channel                                     channels
rfm_loyalty_movement                 dec            segment_before+segment                      loyalty
rfm_dashboard                        all            segment                                     loyalty
member_lifecycle                     all            stage                                       stages
member_classification_multi          all            spend_band+frequency_band                   bands
member_preference                    all            buyer_segment+category                      preferences
consumption_behaviour_analysis       all            buyer_segment                               behaviour
member_gender_distribution           all            gender                                      habits
member_birthday_calendar             dec            birth_month+birth_day                       calendar
member_profile_dashboard             nov            home_store                                  habits
regional_bubble_chart                all            region                                      habits
weekly_member_indicators             all            week                                        indicators
monthly_member_indicators            all            month                                       indicators
annual_member_indicators             all            year                                        indicators
topup_restricted                     nov            reason+store                                asked_for
authorization_log                    dec            tap+second                                  agreed
late_after_close                     all            store+day+arrived, arrived                  late
cockpit                              all            store                                       indicators
"""


def cases() -> list[tuple[str, str, str, str]]:
    found = []
    for line in CASES.strip().splitlines():
        words = line.split()
        report, reading = words[0], words[-1]
        periods = [word for word in words[1:-1] if word in PERIODS]
        places = " ".join(word for word in words[1:-1] if word not in PERIODS).split(", ")
        found += [(report, period, place, reading) for period in periods for place in places]
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    made = story.told(tmp_path_factory.mktemp("golden"))
    yield made
    made.hq.close()


@pytest.fixture(scope="module")
def base(told, tmp_path_factory):
    folder = projected(told, Folder(tmp_path_factory.mktemp("facts")))
    with told.hq.db.read() as connection:
        opened = FactBase(folder, registers(connection))
    yield opened
    opened.close()


def projected(told, folder: Folder) -> Folder:
    """The facts of the whole story, in this folder."""
    while projecting.catch_up(told.hq.db, folder, told.hq.now_s()).more:
        pass
    return folder


@pytest.fixture(scope="module")
def scene(told):
    return scene_of(told)


def scene_of(told) -> Scene:
    """What readings are made of: the events as they were told, and the registers."""
    with told.hq.db.read() as connection:
        stores = {row.code: row for row in fleet.stores(connection)}
        shelf = {row.code: row for row in goods_store.goods_page(connection)}
        rows = members.member_rows(connection, members.all_accounts(connection))
        births = {account: members.person_row(connection, account).birthday for account in rows}
    return Scene(
        story.events(told), story.ZONES, {code: row.region for code, row in stores.items()},
        {code: row.category for code, row in shelf.items()}, {code: row.unit for code, row in shelf.items()},
        {account: _member(row, births[account]) for account, row in rows.items()},
        {account: row.heir for account, row in rows.items() if row.heir},
        {story.COUPON: "hq", story.PUNCHES: "hq"},
    )  # fmt: skip


def _member(row, birthday: str) -> dict:
    zone = ZoneInfo(story.ZONES[row.home])
    joined = dt.datetime.fromtimestamp(row.joined_at_s, zone).date().isoformat()
    left = "2026-12-04" if row.status == "merged" else ""
    return {"joined": joined, "left": left, "home": row.home, "level": row.level, "birthday": birthday}


@pytest.mark.parametrize(("report", "period", "place", "reading"), cases())
def test_a_report_says_what_its_definition_says(base, scene, report, period, place, reading):
    said, wanted, answer = both(base, scene, report, period, place, reading)
    assert said == wanted
    assert sums_hold(answer)


def both(base, scene, report, period, place, reading):
    """What the engine says and what the reading says, place by place; and the engine's whole answer."""
    by = tuple(place.split("+"))
    answer = run(base, REPORTS[report], Question(*PERIODS[period], by))
    wanted = READINGS[reading](scene, *PERIODS[period], by)
    shown = {line.key: line.values for line in answer.rows if len(line.key) == len(by)} | {(): answer.total.values}
    columns = [column.id for column in answer.report.columns]
    return _told(shown, wanted, columns), _told(wanted, wanted, columns), answer


def _told(table: dict, wanted: dict, columns: list[str]) -> dict:
    """The figures that both speak of; a place where all of them are nothing may be left out."""
    figures = [name for name in columns if any(name in values for values in wanted.values())]
    assert figures or not wanted, "the reading knows none of the report's figures"
    rows = {
        key: {name: values.get(name) for name in figures if name in wanted.get(key, values)}
        for key, values in table.items()
    }
    return {key: values for key, values in rows.items() if any(values.values())}


def test_the_story_holds_its_traps(scene):
    kinds = {event["kind"] for event in scene.events}
    assert {"sale", "void", "refund", "expired", "merged", "grant_taken", "float_returned", "shift_closed"} <= kinds
    late = [event for event in scene.events if event["business_date"] == "2026-11-20"]
    assert late and all(dt.datetime.fromtimestamp(one["received_at_s"], dt.UTC).month == 12 for one in late)
    assert {event.get("card") for event in scene.events} >= {story.SECOND_CARD}


def test_money_ties_to_the_ledger(told, base):
    """Net sales are the revenue, receipts in cash are the cash, closing balances are what the books owe members."""
    with told.hq.db.read() as connection:
        rows = books.trial_balance(connection)
    balance = {book: sum(row.amount for row in rows if row.book == book and row.asset != "points_value")
               for book in ("revenue", "cash")}  # fmt: skip
    total = run(base, REPORTS["sales_summary"], Question(*ALL, ("store",))).total.values
    assert total["net_sales"] == balance["revenue"]
    total = run(base, REPORTS["checkout_receipts_summary"], Question(*ALL, ("business",))).total.values
    assert total["cash_in"] == -balance["cash"]
    for report, column, assets in (
        ("stored_value_ledger", "closing", ("principal", "bonus")),
        ("points_ledger", "points_closing", ("points",)),
        ("punch_ledger", "punch_closing", ("punch:coffee",)),
    ):
        owed = sum(row.amount for row in rows if row.book == "member" and row.asset in assets)
        total = run(base, REPORTS[report], Question(*ALL, ())).total.values
        assert total[column] == owed, report
