"""Pages of a chain with a week of trade: figures, plain words, masks, and the way from a figure to its tap."""

import re

import pytest

from hq_server.access.store import audit_lines
from tests.hq_server import small_chain
from tests.hq_server.conftest import visit

ADA = small_chain.ACCOUNTS[0]
PATHS = (
    "/", "/stores", "/stores/0001", "/members", "/members?q=04A1B2C3D4E501", "/members?q=nobody", f"/members/{ADA}",
    f"/ledger/{ADA}", f"/ledger/{ADA}?tab=points", "/reports/sales_summary?by=store&by=day",
    "/reports/sales_summary?by=product", "/reports/fuel_sales_stats", "/reports/fuel_sales_stats?by=day",
    "/reports/product_sales_ranking", "/reports/product_sales_ranking?by=store&by=product",
    "/reports/member_growth_stats", "/reports/member_growth_stats?by=day", "/reports/points_ledger?by=day",
    "/reports/points_ledger?view=entries", "/reports/punch_ledger", "/reports/punch_ledger?view=entries",
    "/reports/stored_value_ledger", "/reports/stored_value_ledger?view=entries",
    "/reports/stored_value_ledger?by=holder&by=asset", "/trial-balance", "/audit", "/users", "/account", "/cases",
    "/alarms", "/releases", "/imports",
)
PERIOD = "from=2026-11-16&to=2026-11-22"


@pytest.fixture(scope="module")
def administrator(traded_hq):
    return visit(traded_hq, "administrator", "pages-administrator")


@pytest.mark.parametrize("code, word", [("en", "Overview"), ("zh", "总览")])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_in_every_language(administrator, path, code, word):
    administrator.cookies.set("tapwell_language", code)
    page = administrator.get(path)
    assert page.status_code == 200 and word in page.text
    assert "<h1" in page.text and 'class="skip"' in page.text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src)", page.text)
    administrator.cookies.set("tapwell_language", "en")


def test_empty_chain_says_what_to_do_next(hq):
    browser = visit(hq, "administrator")
    assert "No taps yet" in browser.get("/").text
    assert "No sales in this period" in browser.get("/reports/sales_summary").text
    assert "No entries here" in browser.get("/reports/stored_value_ledger").text


@pytest.mark.parametrize("path", ["/nowhere", "/stores/0099", "/members/" + "0" * 32, "/events/999999"])
def test_what_is_not_there(administrator, path):
    page = administrator.get(path)
    assert page.status_code == 404 and "Not found" in page.text


@pytest.mark.parametrize("query", ["from=yesterday", "by=moon", "store=abc", "from=2026-11-20&to=2026-11-01"])
def test_questions_that_make_no_sense(administrator, query):
    assert administrator.get("/reports/sales_summary?" + query).status_code == 400
    assert administrator.get("/api/v1/reports/sales_summary?" + query).json()["reason"] == "bad_question"


def test_from_a_figure_to_the_tap(administrator):
    report = administrator.get("/reports/stored_value_ledger?" + PERIOD).text
    accounts = administrator.get(_link(report, r'href="(\?[^"]*by=account[^"]*)"', "/reports/stored_value_ledger")).text
    ledger = administrator.get(_link(accounts, r'href="(/ledger/[0-9a-f]{32})"')).text
    tap = administrator.get(_link(ledger, r'href="(/events/\d+)"')).text
    assert re.search(r"000\d-pos1/5f3a09c1/0/\d+", tap)  # the request id
    assert "revenue/000" in tap or "cash/000" in tap  # its entries
    assert "&#34;mac&#34;" in tap  # the terminal's own words


def test_tap_shows_the_receipt(administrator):
    entries = administrator.get(f"/reports/stored_value_ledger?{PERIOD}&view=entries&kind=spent").text
    tap = administrator.get(_link(entries, r'href="(/events/\d+)"')).text
    assert "Stored value, principal" in tap and "receipt" in tap


def _link(page: str, pattern: str, base: str = "") -> str:
    return base + re.search(pattern, page).group(1).replace("&amp;", "&")


def test_personal_data_is_masked_by_role_and_each_look_is_recorded(traded_hq):
    support, marketing = visit(traded_hq, "support", "look-support"), visit(traded_hq, "marketing", "look-marketing")
    assert "Ada Lovelace" in support.get("/members/" + ADA).text
    masked = marketing.get("/members/" + ADA).text
    assert "Lovelace" not in masked and "7946" not in masked and "masked for your role" in masked
    with traded_hq.db.read() as connection:
        looks = audit_lines(connection, 20, of="member:" + ADA)
    assert {(look.actor, look.action) for look in looks} >= {
        ("look-support", "member_seen"), ("look-marketing", "member_seen_masked"),
    }


def test_masked_roles_cannot_find_a_member_by_person(traded_hq):
    support, marketing = visit(traded_hq, "support", "find-support"), visit(traded_hq, "marketing", "find-marketing")
    assert ADA in support.get("/members?q=Lovelace").text
    assert ADA not in marketing.get("/members?q=Lovelace").text
    assert ADA in marketing.get("/members?q=04A1B2C3D4E501").text


def test_home_shows_the_last_business_date_and_what_is_owed(administrator):
    page = administrator.get("/").text
    assert "2026-11-22" in page and "Harbour Street" in page and "Stored value owed" in page


def test_a_silent_gateway_is_said_in_plain_words(traded_hq, administrator):
    now_s = traded_hq.now_s()
    traded_hq.now_s = lambda: now_s + 600
    try:
        page = administrator.get("/stores/0001").text
        assert "The store goes on selling by itself" in page and "Check power and internet" in page
    finally:
        traded_hq.now_s = lambda: now_s
