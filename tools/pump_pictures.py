"""Pictures of the emulated forecourt's page, at work, in both languages: docs/screenshots/forecourt_emulator_*.png.

python -m tools.pump_pictures
"""

import asyncio
from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

from hardware.emulators.dispenser import Dispenser
from hardware.emulators.forecourt import Forecourt
from tools.browser import browser
from tools.screenshots import LANGUAGES, OUT, shot

WIDTH = 1260
PRICES = (76_000, 68_000)
FILLED_S, FILLING_S = 60.0, 42.0


def take(out: Path) -> list[Path]:
    """The files written."""
    return asyncio.run(_take(out))


async def _take(out: Path) -> list[Path]:
    court = Forecourt(3)
    address = await court.page.listen()
    at_work(court)
    try:
        return [
            await asyncio.to_thread(_picture, address, language, out / f"forecourt_emulator_{language}.png")
            for language in LANGUAGES
        ]
    finally:
        await court.close()


def at_work(court: Forecourt) -> None:
    """One has filled for 20.00, one fills, one is authorised and waits to be lifted."""
    for one, cents in zip(court.dispensers, (2000, 5000, 3000), strict=True):
        _authorise(one, cents)
    for number, seconds in ((1, FILLED_S), (4, FILLING_S)):
        nozzle = court.nozzles[number - 1]
        nozzle.lift()
        nozzle.squeeze()
        nozzle.dispenser.flow(seconds)
    court.nozzles[0].hang_up()


def _authorise(one: Dispenser, cents: int) -> None:
    one.command("price", PRICES)
    one.command("reset")
    one.command("preset_cents", cents)
    one.command("authorise")


def _picture(address: str, language: str, file: Path) -> Path:
    with browser(LANGUAGES[language], WIDTH, 800) as driver:
        return shot(driver, f"{address}?lang={language}", file, WIDTH, _live)


def _live(driver: WebDriver) -> None:
    """Cards are drawn once the first event has come."""
    driver.execute_async_script(
        "const look = () => document.querySelector('article') ? arguments[0]() : setTimeout(look, 50); look();"
    )


if __name__ == "__main__":
    for path in take(OUT):
        print(path)
