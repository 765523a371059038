"""Pictures of one fill and one shift at a petrol station that runs: pump screens, the attendants' page, a closed shift.

    python -m tools.forecourt_pictures [--out docs/screenshots]

The station is a whole chain on this machine; a motorist fills, a page in a headless browser serves. Nothing is staged:
one pump falls silent in the middle of a fill, so that the page shows a sale in suspense with its evidence.
"""

import argparse
import asyncio
import base64
import io
import tempfile
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tools.browser import browser
from tools.chain import PIN, Chain
from tools.households import Basket, Goods, Plan
from tools.motorist import SPEED, Motorist
from tools.robots import Attendant, Eyes
from tools.screenshots import COLOURS, LANGUAGES, OUT

STATION, BO, CY = "0003", 1, 2
GRADES = (Goods("305", "Super 95", "FUEL", "L", 176_900, "Z", 0), Goods("306", "Diesel", "FUEL", "L", 165_900, "Z", 0))
TABLET, PHONE = (1024, 768), (390, 844)
HEIGHT_MAX = 2200
SECOND_PUMP = {0x51}
WAIT_S = 60
SLOW = 6  # times life


class Page:
    """The attendants' page in one browser."""

    def __init__(self, driver: WebDriver, address: str, out: Path):
        self.driver, self.address, self.out = driver, address, out

    def signs_in(self, operator: str) -> None:
        self.driver.get(self.address)
        self.press("#sign-in")
        self.sends(operator=operator, pin=PIN)
        self.sees("#shift button")

    def sees(self, selector: str) -> None:
        WebDriverWait(self.driver, WAIT_S).until(lambda now: now.find_elements(By.CSS_SELECTOR, selector))

    def press(self, selector: str) -> None:
        self.sees(selector)
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def sends(self, **fields: str) -> None:
        """The open dialog, filled in."""
        for name, text in fields.items():
            box = self.driver.find_element(By.NAME, name)
            box.clear()
            box.send_keys(text)
        self.press("#confirm")
        WebDriverWait(self.driver, WAIT_S).until(lambda now: not now.find_elements(By.CSS_SELECTOR, "dialog[open]"))

    def starts(self, number: int, amount: str) -> None:
        self.press(f".nozzle:nth-child({number}) [data-do=start]")
        self.press("dialog[open] input[value=amount]")
        self.sends(figure=amount)

    def shot(self, name: str, size: tuple[int, int]) -> Path:
        """The whole page at this width."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        height = int(self.driver.execute_script("return document.documentElement.scrollHeight"))
        whole = metrics | {"height": max(size[1], min(HEIGHT_MAX, height))}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", whole)
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        picture = Image.open(io.BytesIO(base64.b64decode(taken))).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(self.out / name, optimize=True)
        return self.out / name

    def both(self, name: str, path: str = "") -> list[Path]:
        """On a tablet and, but for paths of their own, on a phone, in each language."""
        taken = []
        for language in LANGUAGES:
            self.driver.get(f"{self.address}{path}?language={language}")
            self.sees(".sheet" if path else ".task.suspended")
            taken.append(self.shot(f"forecourt_{name or 'tablet'}_{language}.png", TABLET))
            taken += [] if path else [self.shot(f"forecourt_phone_{language}.png", PHONE)]
        return taken


class Station:
    """The chain, its motorist and its counter."""

    def __init__(self, folder: Path, out: Path):
        baskets = tuple(Basket(n, n, STATION, 1, (("305", 1000),)) for n in (BO, CY))
        codes = tuple(one.code for one in GRADES)
        self.chain = Chain(folder, Plan(baskets, GRADES), apps=("pos",), shops=(), stations=(STATION,), grades=codes)
        self.out = out

    async def open(self) -> None:
        await self.chain.set_up()
        self.store = self.chain.stores[STATION]
        self.attendant = Attendant(self.eyes("pos"), self.store.operator, PIN)
        await self.attendant.signs_on()
        for member in self.chain.members.values():
            await self.attendant.tops_up(member.card, 12_000)
        self.motorist = Motorist(self.eyes("pump"))
        self.pumps = self.motorist.pump.bench.pump

    def eyes(self, app: str) -> Eyes:
        one = self.store.terminals[app]
        return Eyes(one.name, app, one.bench, self.chain.language(STATION))

    def screen(self, name: str) -> Path:
        """The pump terminal's own screen now."""
        file = self.out / f"pump_{name}_{self.chain.language(STATION)}.png"
        file.write_bytes(self.motorist.pump.bench.display.png())
        return file

    async def asked(self, member: int, number: int) -> Path:
        """What the pump's screen asks a customer who then thinks better of it."""
        hands, eyes = self.motorist.pump.hands, self.motorist.pump
        await eyes.until("idle")
        hands.tap(self.chain.members[member].card)
        await eyes.until("choose")
        hands.remove()
        await hands.press(str(number))
        await eyes.until("amount")
        await hands.press("4", "0")
        await eyes.look(lambda: "40" in eyes.screen(), "what was typed")
        taken = self.screen("amount")
        await hands.press("back", "back")
        await eyes.until("idle")
        return taken

    async def slow_fill(self, member: int, number: int, cents: int, upto_ml: int) -> asyncio.Task:
        """A fill that goes on by itself, once it has given so much."""
        self.pumps.speed = SLOW
        if self.motorist.pump.view() == "fill":
            await self.motorist.pump.hands.press("ok")  # the next customer, while another fills
        assert await self.motorist.is_served(self.chain.members[member].card, number, cents) == "fill"
        pumping = asyncio.create_task(self.motorist.pumps(number))
        nozzle = self.motorist.nozzle(number)
        await self.motorist.pump.look(lambda: nozzle.ml > upto_ml, "some litres")
        return pumping


async def take(out: Path) -> list[Path]:
    """All pictures; the files written."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser("en-GB", *TABLET) as driver:
        at = Station(Path(folder) / "chain", out)
        try:
            await at.open()
            page = Page(driver, f"http://127.0.0.1:{at.store.status_port}/forecourt", out)
            return await _day(at, page)
        finally:
            await at.chain.close()


async def _day(at: Station, page: Page) -> list[Path]:
    def do(work, *told, **more):
        return asyncio.to_thread(work, *told, **more)

    await do(page.signs_in, at.store.operator)
    await do(page.press, "#shift-open")
    await do(page.sends, cash="150")
    asked = await at.asked(BO, 1)
    await at.motorist.fills(at.chain.members[BO].card, 1, cents=2000)
    await do(page.starts, 2, "30")
    await at.motorist.pumps(2, 14_200)
    await do(page.press, "[data-do=settle_cash]")
    await do(page.sends, received="50")
    await do(page.starts, 2, "30")
    await at.motorist.pumps(2, 9_870)
    await do(page.sees, ".task.unpaid")
    silent = await at.slow_fill(BO, 3, 4000, 8_000)
    at.pumps.faults.silent = SECOND_PUMP
    await do(page.sees, ".task.suspended")
    fill = await at.slow_fill(CY, 1, 5000, 15_000)
    at.pumps.speed = 0.1
    taken = [asked, at.screen("fill"), *await do(page.both, "")]
    at.pumps.speed = SPEED
    await fill
    await at.motorist.pump.until("done")
    taken.append(at.screen("receipt"))
    at.pumps.faults.silent = set()
    await silent
    return taken + await do(_closed, page)


def _closed(page: Page) -> list[Path]:
    """The fill that was in suspense has been booked by the pump's totals; the drawer is counted."""
    page.sees(".task:not(.suspended)")
    WebDriverWait(page.driver, WAIT_S).until(lambda now: not now.find_elements(By.CSS_SELECTOR, ".task.suspended"))
    page.press("#shift-close")
    page.sends(cash="173.56")
    page.sees(".sheet")
    number = page.driver.current_url.partition("?")[0].rpartition("/")[2]
    return page.both("shift", f"/shifts/{number}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of a petrol station at work.")
    parser.add_argument("--out", type=Path, default=OUT)
    for path in asyncio.run(take(parser.parse_args().out)):
        print(path)


if __name__ == "__main__":
    main()
