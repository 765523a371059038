"""A real browser walks through the console: set-up, stores, the way down to a tap, a file, another language."""

import json
import threading
import time

import openpyxl
import pytest
import uvicorn
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import alert_is_present
from selenium.webdriver.support.ui import WebDriverWait

from hq_server.access.sign_in import make_setup_code
from hq_server.app import create_app
from hq_server.fleet import store as fleet
from tests.hq_server import small_chain
from tests.hq_server.conftest import PASSWORD
from tools.browser import browser

WAIT_S = 15
PERIOD = "from=2026-11-16&to=2026-11-22"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(address, head office) of a traded chain that nobody has set up yet."""
    hq = small_chain.traded(tmp_path_factory.mktemp("served"))
    server = uvicorn.Server(uvicorn.Config(create_app(hq), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield "http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1], hq
    server.should_exit = True
    thread.join(WAIT_S)
    hq.close()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def driver(served, downloads):
    """A browser whose user has become the first administrator through the set-up page."""
    address, hq = served
    with hq.db.write() as connection:
        code = make_setup_code(connection, hq.now_s())
    with browser(downloads=downloads) as opened:
        opened.get(address)
        assert opened.current_url == address + "/setup"
        for field, text in (("code", code), ("name", "ada"), ("password", PASSWORD)):
            opened.find_element(By.ID, field).send_keys(text)
        opened.find_element(By.ID, "password").send_keys(Keys.ENTER)
        wait(opened, "nav a[aria-current]")
        yield opened


def wait(driver, selector: str):
    """The first element that matches, as soon as there is one."""
    WebDriverWait(driver, WAIT_S).until(lambda now: now.find_elements(By.CSS_SELECTOR, selector))
    return driver.find_element(By.CSS_SELECTOR, selector)


def follow(driver, selector: str) -> None:
    """Clicks a link and waits for the page that it leads to."""
    before = driver.current_url
    wait(driver, selector).click()
    WebDriverWait(driver, WAIT_S).until(lambda now: now.current_url != before)


def heading(driver) -> str:
    return wait(driver, "h1").text


def complaints(driver) -> list[str]:
    """What the browser's console holds against the page: blocked scripts and styles, missing files, errors."""
    return [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]


def test_first_page_after_set_up(driver):
    assert heading(driver) == "Overview"
    assert "You are the administrator" in wait(driver, "[role=status]").text
    assert wait(driver, "svg[role=img]").size["width"] > 300
    assert complaints(driver) == []


def test_stores_and_one_store(driver, served):
    follow(driver, "nav a[href='/stores']")
    assert [row.text for row in driver.find_elements(By.CSS_SELECTOR, "tbody .tag")] == ["In order", "In order"]
    follow(driver, "tbody a[href='/stores/0001']")
    assert heading(driver) == "0001 Harbour Street"
    assert "0001-pos1" in driver.page_source and complaints(driver) == []


def test_page_of_a_store_follows_by_itself(driver, served):
    address, hq = served
    driver.get(address + "/stores/0001")
    assert not driver.find_elements(By.CSS_SELECTOR, ".note.bad")
    heard(hq, hq.now_s() - 600)
    try:
        assert "goes on selling by itself" in wait(driver, ".note.bad").text
    finally:
        heard(hq, hq.now_s())


def test_fuel_coupons_are_set_and_taken_back_by_keyboard(driver, served):
    driver.get(served[0] + "/fuel/points")
    for field, text in (("coupons-name", "FILL30"), ("coupons-off", "30"), ("coupons-min_litres", "40")):
        driver.find_element(By.ID, field).send_keys(text)
    driver.find_element(By.ID, "coupons-min_litres").send_keys(Keys.ENTER)
    assert "on their way" in wait(driver, "[role=status]").text
    drop = wait(driver, "button[name=asset]")
    assert "FILL30" in driver.find_element(By.TAG_NAME, "main").text
    drop.send_keys(Keys.ENTER)
    WebDriverWait(driver, WAIT_S).until(alert_is_present()).accept()
    wait(driver, ".empty")
    assert complaints(driver) == []


def heard(hq, at_s: int) -> None:
    """The gateway of store 0001 was last heard then."""
    with hq.db.write() as connection:
        fleet.set_gateway(connection, "0001", heartbeat_at_s=at_s)


def test_from_the_ledger_down_to_the_tap(driver, served):
    driver.get(served[0] + "/reports/stored_value_ledger?" + PERIOD)
    follow(driver, "tbody a.go[href*='by=account']")
    follow(driver, "tbody a.go[href^='/ledger/']")
    assert heading(driver) == "Ledger of the account"
    follow(driver, "tbody a.go[href^='/events/']")
    assert "0001-pos1/5f3a09c1/0/" in driver.page_source
    assert driver.find_element(By.CSS_SELECTOR, "pre").text.startswith("{") and complaints(driver) == []


def test_file_from_the_page(driver, served, downloads):
    driver.get(served[0] + "/reports/sales_summary?" + PERIOD)
    shown = [cell.text for cell in driver.find_elements(By.CSS_SELECTOR, "tfoot td")]
    wait(driver, "#export").click()
    file = downloads / "sales_summary-2026-11-16-2026-11-22.xlsx"
    WebDriverWait(driver, WAIT_S).until(lambda _: file.exists() and file.stat().st_size)
    last = [cell.value for cell in list(openpyxl.load_workbook(file).worksheets[0].rows)[-1]]
    assert shown[0] == last[0] == "Total"
    assert float(shown[3].replace(",", "")) == pytest.approx(last[3])  # gross


CHARTS = {
    "sales_trend": "line", "checkout_receipts_analysis": "pie", "regional_bubble_chart": "bubble",
    "inter_store_stored_value_settlement": "matrix", "sales_summary": "columns",
}  # fmt: skip


def test_a_chart_of_each_kind_is_drawn_and_leads_down(driver, served):
    for report, kind in CHARTS.items():
        driver.get(served[0] + f"/reports/{report}?" + PERIOD)
        assert wait(driver, "[data-drawn]").get_attribute("data-drawn") == kind
        assert wait(driver, "[data-drawn] canvas").size["height"] > 100
        assert complaints(driver) == []
    told = json.loads(wait(driver, "[data-chart]").get_attribute("data-chart"))
    assert told["places"][0] == "0001 Harbour Street" and told["hrefs"][0].endswith("view=taps&store=0001")
    assert told["series"][0]["written"][0] in driver.find_element(By.CSS_SELECTOR, "table").text


def test_filters_by_keyboard_alone(driver, served):
    driver.get(served[0] + "/members")
    driver.find_element(By.TAG_NAME, "body").send_keys("/")
    field = driver.switch_to.active_element
    assert field.get_attribute("id") == "q"
    field.send_keys("Lovelace", Keys.ENTER)
    WebDriverWait(driver, WAIT_S).until(lambda now: "q=Lovelace" in now.current_url)
    assert len(driver.find_elements(By.CSS_SELECTOR, "tbody tr")) == 1


def test_skip_link_comes_first(driver, served):
    driver.get(served[0] + "/")
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = driver.switch_to.active_element
    assert skip.text == "Skip to the content" and skip.rect["x"] >= 0


def test_chinese_and_back(driver, served):
    driver.get(served[0] + "/reports/sales_summary?" + PERIOD)
    follow_language(driver, "zh")
    assert heading(driver) == "销售统计" and "指标说明" in driver.page_source
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-CN"
    follow_language(driver, "en")
    assert heading(driver) == "Sales statistics" and PERIOD in driver.current_url


def follow_language(driver, code: str) -> None:
    before = heading(driver)
    wait(driver, f"a[hreflang={code}]").click()
    WebDriverWait(driver, WAIT_S).until(lambda now: heading(now) != before)


def test_nothing_overflows_a_phone(driver, served):
    driver.set_window_size(400, 800)
    try:
        for path in ("/", "/stores", "/fuel/points", "/reports/sales_summary?" + PERIOD, "/trial-balance"):
            driver.get(served[0] + path)
            wide = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, path
    finally:
        driver.set_window_size(1360, 900)


def test_signing_out_closes_the_door(driver, served):
    driver.get(served[0] + "/stores")
    wait(driver, "form[action='/sign-out'] button").click()
    assert wait(driver, "#password")
    driver.get(served[0] + "/stores")
    assert "/sign-in" in driver.current_url
