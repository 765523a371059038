"""The engine as a whole: every report, what it refuses and how it says so, rights, lists of members, ClickHouse."""

import pytest

from hq_server.errors import HqError
from hq_server.reports import behind, desk
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.catalogue.without import WITHOUT
from hq_server.reports.compiling import ANY_DATES, asks, missing
from hq_server.reports.declarations import OF_ROWS, RATIO, Question
from hq_server.reports.dimensions import DIMENSIONS
from hq_server.reports.figures import MEASURES
from hq_server.reports.run import run, sums_hold
from tests.hq_server import small_chain
from tests.hq_server.conftest import visit
from tests.hq_server.reports.asking import ask

WEEK = ("2026-11-16", "2026-11-22")
ADA = small_chain.ACCOUNTS[0]


@pytest.fixture(scope="module")
def base(traded_hq):
    with desk.open_facts(traded_hq) as opened:
        yield opened


def test_every_report_names_what_exists_and_the_others_are_told_as_waiting():
    for report in REPORTS.values():
        assert set(report.dimension_ids) <= DIMENSIONS.keys() and set(report.measure_ids) <= MEASURES.keys(), report.id
        assert set(report.by) <= set(report.dimension_ids) and set(report.only) <= DIMENSIONS.keys(), report.id
        assert set(report.charted) <= {column.id for column in report.columns}, report.id
        assert not report.order or report.order in report.measure_ids, report.id
    assert not REPORTS.keys() & WITHOUT.keys() and len(REPORTS) >= 60 and len(REPORTS) + len(WITHOUT) >= 109


def test_every_figure_is_defined_in_both_languages_and_made_of_figures_that_exist():
    for one in MEASURES.values():
        assert one.name.keys() == one.meaning.keys() == {"zh", "en"} and all(one.meaning.values()), one.id
        parts = one.of if one.kind == RATIO else [part for part, _ in one.of] if one.kind == "combined" else one.of
        assert set(parts) <= MEASURES.keys(), one.id


def test_totals_of_ratios_and_of_what_counts_once_are_not_sums(base):
    report = REPORTS["sales_summary"]
    whole = run(base, report, Question(*WEEK, ())).total.values
    along = run(base, report, Question(*WEEK, ("product",)))
    assert along.total.values == whole
    assert sum(line.values["txn_count"] for line in along.rows) > whole["txn_count"]


# report, what is asked                      what the refusal names
REFUSED = """
    sales_summary by=tender                  | not told apart by tender
    sales_summary measures=moon              | does not show moon
    sales_summary only=colour                | unknown dimension colour
    sales_summary only=storre                | did you mean store
    stored_value_ledger by=day measures=closing | balance and cannot be told apart by day
    checkout_receipts_summary only=product   | counted in receipts and cannot be told apart by product
    member_count_report only=hour            | cannot be told apart by hour
"""


@pytest.mark.parametrize("row", [line.strip() for line in REFUSED.strip().splitlines()])
def test_what_does_not_fit_is_refused_by_name(base, row):
    asked, words = (part.strip() for part in row.split("|"))
    name, *rest = asked.split()
    told = dict(part.split("=") for part in rest)
    only = {told["only"]: ("x",)} if "only" in told else {}
    by = (told["by"],) if "by" in told else ()
    measures = (told["measures"],) if "measures" in told else ()
    with pytest.raises(HqError) as refused:
        run(base, REPORTS[name], Question(*WEEK, by, only, measures))
    assert words in str(refused.value)


def test_the_first_of_a_ranking_keep_their_share_of_all(base):
    report = REPORTS["product_sales_ranking"]
    whole, first = (run(base, report, Question(*WEEK, ("product",), top=top)) for top in (0, 2))
    assert first.rows == whole.rows[:2] and first.total == whole.total and sums_hold(first)


def test_too_many_rows_are_refused_with_a_way_out(base, monkeypatch):
    monkeypatch.setattr("hq_server.reports.run.ROWS_MAX", 1)
    with pytest.raises(HqError) as refused:
        run(base, REPORTS["sales_summary"], Question(*WEEK, ("store",)))
    assert refused.value.reason == "too_many_rows" and "shorter period or a filter" in str(refused.value)


def test_a_filter_that_a_fact_does_not_know_gives_nothing_rather_than_everything(traded_hq):
    found = ask(traded_hq, "cockpit", "store", WEEK, product="4001").total.values
    assert found["net_sales"] > 0 and found["new_members"] is None and found["cash_in"] is None


def test_an_empty_period_has_a_total_of_nothing(traded_hq):
    found = ask(traded_hq, "sales_summary", "store", ("2020-01-01", "2020-01-31"))
    assert found.rows == () and found.total.values["net_sales"] == 0 and found.total.values["avg_txn_value"] is None


def test_a_store_manager_sees_the_store(traded_hq):
    browser = visit(traded_hq, "store_manager", "manager-of-2", "0002")
    period = "from=2026-11-16&to=2026-11-22"
    told = browser.get(f"/api/v1/reports/sales_summary?{period}&by=store").json()
    assert [row["key"] for row in told["rows"]] == [["0002"]]
    whole = ask(traded_hq, "sales_summary", "store", WEEK)
    mine = next(line.values for line in whole.rows if line.key == ("0002",))
    assert told["total"] == mine
    asked = browser.get(f"/api/v1/reports/sales_summary?{period}&by=store&store=0001").json()
    assert asked["rows"] == [] and asked["total"]["net_sales"] == 0
    members = browser.get(f"/api/v1/reports/member_count_report?{period}").json()
    assert [row["key"] for row in members["rows"]] == [["0002"]]
    assert browser.get("/api/v1/reports/stored_value_ledger").status_code == 403
    assert browser.get("/").url.path == "/reports" and browser.get("/stores").status_code == 403


def test_a_kept_list_of_members_can_be_asked_of(traded_copy):
    browser = visit(traded_copy, "marketing")
    period = "from=2026-11-16&to=2026-11-22"
    page = browser.get(f"/reports/member_count_report?{period}&view=members&home_store=0001").text
    guard = page.split('name="guard" value="')[1].split('"')[0]
    question = f"{period}&view=members&home_store=0001"
    form = {"name": "of harbour", "report": "member_count_report", "question": question, "guard": guard}
    kept = browser.post("/segments", data=form)
    assert kept.status_code == 200 and "of harbour" in kept.text
    assert browser.post("/segments", data=form).status_code == 409
    of_list = browser.get(f"/api/v1/reports/sales_summary?{period}&within=1&by=membership").json()
    everybody = browser.get(f"/api/v1/reports/sales_summary?{period}&by=membership").json()
    assert 0 < of_list["total"]["net_sales"] < everybody["total"]["member_net_sales"]
    assert [row["key"] for row in of_list["rows"]] == [["member"]]
    assert browser.post("/segments/1/drop", data={"guard": guard}).status_code == 200


def test_behind_a_figure_are_its_taps_and_its_members(traded_hq, base):
    report = REPORTS["sales_summary"]
    events = behind.events_behind(base, report, Question(*WEEK, (), {"store": ("0001",)}))
    total = run(base, report, Question(*WEEK, (), {"store": ("0001",)})).total.values
    assert len(events) >= total["txn_count"] and events == sorted(events, reverse=True)
    asked = Question(*WEEK, (), {"home_store": ("0001",)})
    people = behind.members_behind(base, REPORTS["member_count_report"], asked, 2)
    assert {one["account"] for one in people} == set(small_chain.ACCOUNTS[:2])


def test_pages_of_each_kind_of_report_open_in_both_languages_and_as_files(traded_hq):
    browser = visit(traded_hq, "administrator", "reader-of-all")
    period = "from=2026-11-16&to=2026-11-22"
    listed = browser.get("/reports").text
    assert all(report.name["en"].replace("'", "&#39;") in listed for report in REPORTS.values())
    kinds = {(report.chart, report.behind, len(report.by), report.compares): report for report in REPORTS.values()}
    for number, report in enumerate(kinds.values()):
        browser.cookies.set("tapwell_language", ("en", "zh")[number % 2])
        page = browser.get(f"/reports/{report.id}?{period}")
        assert page.status_code == 200 and report.name[("en", "zh")[number % 2]].replace("'", "&#39;") in page.text
    browser.cookies.set("tapwell_language", "en")
    assert "Stored-value ledger" in browser.get("/reports?q=ledger").text
    csv = browser.get(f"/reports/sales_summary.csv?{period}&by=store")
    assert csv.status_code == 200 and "Station Square" in csv.text


def test_the_same_questions_are_words_of_clickhouse_too():
    for report in list(REPORTS.values())[::3]:  # making words takes long
        question = Question(*WEEK, report.by, report.only)
        names = [name for name in report.measure_ids if MEASURES[name].kind not in OF_ROWS]
        told = [one.sql for one in asks(names, question, report.by, "clickhouse")]
        assert told or missing(names, question), report.id
        assert not any("uniq(" in sql or "uniqIf(" in sql for sql in told)
        assert not any(day in sql for sql in told for day in ANY_DATES), "the question's own days"
        assert "buyers" not in names or any("uniqExact" in sql for sql in told), report.id


def test_a_filter_is_added_by_the_form_named_in_words_and_taken_away(traded_hq):
    browser = visit(traded_hq, "administrator", "reader-of-all")
    period = "from=2026-11-16&to=2026-11-22"
    added = browser.get(f"/reports/sales_summary?{period}&by=day&where=level&is=regular, gold", follow_redirects=False)
    assert added.status_code == 303 and added.headers["location"].endswith(f"{period}&by=day&level=regular&level=gold")
    page = browser.get(added.headers["location"]).text
    assert "Level: regular, gold ×" in page and 'name="level" value="gold"' in page
    assert "Weekday: Monday ×" in browser.get(f"/reports/sales_summary?{period}&weekday=1").text
    assert browser.get(f"/reports/sales_summary?{period}&where=&is=", follow_redirects=False).status_code == 303
    assert browser.get(f"/reports/sales_summary?{period}&where=nothing&is=x").status_code == 400


def test_by_tag_figures_are_filtered_never_told_apart(base):
    sales = REPORTS["sales_summary"]
    everybody = run(base, sales, Question(*WEEK, ("store",))).total.values
    tagged = run(base, sales, Question(*WEEK, ("store",), {"tag": ("early",)})).total.values
    assert tagged["net_sales"] == everybody["member_net_sales"] and tagged["net_sales"] < everybody["net_sales"]
    assert run(base, sales, Question(*WEEK, ("store",), {"tag": ("other",)})).total.values["net_sales"] == 0
    with pytest.raises(HqError, match="tag is a filter"):
        run(base, sales._replace(dimension_ids=(*sales.dimension_ids, "tag")), Question(*WEEK, ("tag",)))


def test_settings_of_classes_are_fields_of_the_form(traded_hq):
    browser = visit(traded_hq, "administrator", "reader-of-all")
    page = browser.get("/reports/rfm_eight_segments?from=2026-11-16&to=2026-11-22&method=median").text
    assert 'id="m_basis"' in page and '<option value="median" selected>' in page and 'id="boundary"' not in page
    assert 'id="boundary"' in browser.get("/reports/member_chinese_zodiac_distribution").text
