"""Pictures of head office's pages, and of a gateway's status page, from running servers into docs/screenshots/.

    python -m tools.screenshots --hq http://127.0.0.1:8080 --user ada --password '...' [--setup-code CODE]
        [--gateway http://127.0.0.1:8090] [--out docs/screenshots]

With --setup-code the first administrator is made through the set-up page, as a person would.
"""

import argparse
import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tools.browser import browser

OUT = Path(__file__).parent.parent / "docs" / "screenshots"
WIDTH, HEIGHT = 1360, 900
HEIGHT_MAX = 2600
PHONE_WIDTH = 400
COLOURS = 128
# name -> address
PAGES = {
    "overview": "/",
    "stores": "/stores",
    "alarms": "/alarms",
    "releases": "/releases",
    "members": "/members",
    "sales": "/reports/sales_summary?by=store&by=day",
    "sales_by_day": "/reports/sales_summary?by=day",
    "stored_value": "/reports/stored_value_ledger",
    "stored_value_entries": "/reports/stored_value_ledger?view=entries",
    "trial_balance": "/trial-balance",
    "users": "/users",
    "audit": "/audit",
}
# name -> (page to start from, what the link's address matches)
FOLLOWED = {
    "rollout": ("/releases", r"/rollouts/\d+$"),
    "store": ("/stores", r"/stores/\d+$"),
    "member": ("/members", r"/members/[0-9a-f]{32}$"),
    "tap": ("/reports/stored_value_ledger?view=entries&kind=spent", r"/events/\d+$"),
}
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}  # catalogue -> what the browser asks for


def take_all(hq: str, user: str, password: str, setup_code: str, gateway: str, out: Path) -> list[Path]:
    """Every page in every language, then the overview dark and on a phone; the files written."""
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    for language, tag in LANGUAGES.items():
        with browser(tag, WIDTH, HEIGHT) as driver:
            first = "setup" if setup_code else "sign_in"
            taken.append(shot(driver, urljoin(hq, "/" + first.replace("_", "-")), out / f"hq_{first}_{language}.png"))
            sign_in(driver, hq, user, password, setup_code)
            setup_code = ""
            taken += _pages(driver, hq, language, out)
    with browser(width=WIDTH, height=HEIGHT) as driver:
        sign_in(driver, hq, user, password)
        taken += _variants(driver, hq, out)
        taken += [shot(driver, gateway, out / "gateway_status.png")] if gateway else []
    return [path for path in taken if path]


def _pages(driver: WebDriver, hq: str, language: str, out: Path) -> list[Path | None]:
    files = {name: out / f"hq_{name}_{language}.png" for name in (*PAGES, *FOLLOWED)}
    direct = [shot(driver, urljoin(hq, path), files[name]) for name, path in PAGES.items()]
    return direct + [_followed(driver, hq, name, files[name]) for name in FOLLOWED]


def _variants(driver: WebDriver, hq: str, out: Path) -> list[Path]:
    driver.get(urljoin(hq, "/theme/dark"))
    dark = shot(driver, urljoin(hq, "/"), out / "hq_overview_dark.png")
    driver.get(urljoin(hq, "/theme/light"))
    return [dark, shot(driver, urljoin(hq, "/stores"), out / "hq_stores_phone.png", PHONE_WIDTH)]


def sign_in(driver: WebDriver, hq: str, user: str, password: str, setup_code: str = "") -> None:
    """Through the pages, as a person does. Raises TimeoutException when head office does not let us in."""
    driver.get(urljoin(hq, "/setup" if setup_code else "/sign-in"))
    if setup_code and driver.find_elements(By.ID, "code"):
        driver.find_element(By.ID, "code").send_keys(setup_code)
    driver.find_element(By.ID, "name").send_keys(user)
    driver.find_element(By.ID, "password").send_keys(password)
    driver.find_element(By.CSS_SELECTOR, "button.main").click()
    WebDriverWait(driver, 15).until(lambda now: now.find_elements(By.CSS_SELECTOR, ".side nav"))


def _followed(driver: WebDriver, hq: str, name: str, file: Path) -> Path | None:
    """The page behind the first link that matches; None where there is nothing yet to open."""
    start, pattern = FOLLOWED[name]
    driver.get(urljoin(hq, start))
    links = [link.get_attribute("href") or "" for link in driver.find_elements(By.CSS_SELECTOR, "main a[href]")]
    found = next((link for link in links if re.search(pattern, link.split("?")[0])), None)
    return shot(driver, found, file) if found else None


def shot(
    driver: WebDriver, address: str, file: Path, width: int = WIDTH, ready: Callable[[WebDriver], None] | None = None
) -> Path:
    """The whole page down to HEIGHT_MAX, as a reader would see it by scrolling; once it is ready."""
    driver.set_window_size(width, HEIGHT)
    driver.get(address)
    if ready:
        ready(driver)
    wanted = driver.execute_script("return document.documentElement.scrollHeight")
    driver.set_window_size(width, max(HEIGHT, min(HEIGHT_MAX, int(wanted))))
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)  # a fifth of the size in a repository
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of the pages of a running head office.")
    parser.add_argument("--hq", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--setup-code", default="")
    parser.add_argument("--gateway", default="")
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    for path in take_all(told.hq, told.user, told.password, told.setup_code, told.gateway, told.out):
        print(path)


if __name__ == "__main__":
    main()
