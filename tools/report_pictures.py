"""Pictures of reports for the docs: head office with three months of real baskets, imported as a new chain would.

    python -m tools.report_pictures [--out docs/screenshots] [--months 2017-03 2017-04 2017-05]
"""

import argparse
import calendar
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import uvicorn
from rich.console import Console
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from hq_server.access.sign_in import make_setup_code
from hq_server.app import create_app
from hq_server.bootstrap import Hq, open_hq, set_up
from hq_server.config import write_config
from hq_server.facts import projecting
from hq_server.facts.files import Folder
from hq_server.fleet import store as fleet
from hq_server.migrations.upgrade import upgrade
from tools.browser import browser
from tools.past_households import ZONE, bring_in, lines
from tools.screenshots import LANGUAGES, OUT, WIDTH, shot, sign_in

MONTHS = ("2017-03", "2017-04", "2017-05")
STORES = {"0001": ("Harbour Street", "North"), "0002": ("Station Square", "South"), "0003": ("Ring Road", "South")}
PASSWORD = "a-picture-is-worth-it"
SALES = "from={first}&to={last}"
# name -> report and what is asked of it, {first} and {last} being the days of the months
PICTURES = {
    "sales_trend": "sales_trend?" + SALES,
    "sales_comparison": "sales_period_comparison?period=2017-05&by=category",
    "product_ranking": "product_sales_ranking?" + SALES + "&top=20",
    "rfm": "rfm_eight_segments?" + SALES + "&method=median",
    "lifecycle": "member_lifecycle?" + SALES,
    "bubbles": "regional_bubble_chart?" + SALES + "&by=home_store",
}
DRAWN_S = 30


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of reports over real baskets.")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--months", nargs="+", default=MONTHS)
    told = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        hq = _opened(Path(folder))
        for month in told.months:
            console.print(f"importing {month} ...")
            bring_in(hq, list(lines(False, *_days(month))), f"baskets of {month}")
        while projecting.catch_up(hq.db, Folder(hq.config.dir / "facts"), hq.now_s()).more:
            pass
        with _served(hq) as address:
            for path in _pictures(hq, address, told.out, _days(told.months[0])[0], _days(told.months[-1])[1]):
                console.print(str(path))
        hq.close()


def _days(month: str) -> tuple[str, str]:
    year, number = map(int, month.split("-"))
    return f"{month}-01", f"{month}-{calendar.monthrange(year, number)[1]}"


def _opened(folder: Path) -> Hq:
    config = write_config(folder / "hq", names=("localhost",))
    hq = open_hq(config)
    upgrade(hq.db)
    set_up(hq, "Harbour Stores", "USD", 2)
    with hq.db.write() as connection:
        for code, (name, region) in STORES.items():
            fleet.add_store(connection, code, hq.now_s(), name=name, region=region, timezone=ZONE)
    return hq


@contextmanager
def _served(hq: Hq) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(hq), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield "http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def _pictures(hq: Hq, address: str, out: Path, first: str, last: str) -> Iterator[Path]:
    with hq.db.write() as connection:
        code = make_setup_code(connection, hq.now_s())
    for language, tag in LANGUAGES.items():
        with browser(tag, WIDTH) as driver:
            sign_in(driver, address, "ada", PASSWORD, code)
            code = ""
            for name, asked in PICTURES.items():
                page = urljoin(address, "/reports/" + asked.format(first=first, last=last))
                yield shot(driver, page, out / f"report_{name}_{language}.png", ready=_drawn)


def _drawn(driver: WebDriver) -> None:
    """Waits until the chart is there and has stopped moving."""
    WebDriverWait(driver, DRAWN_S).until(lambda now: now.find_elements(By.CSS_SELECTOR, "[data-drawn]"))
    time.sleep(0.6)


if __name__ == "__main__":
    main()
