"""An attendant at the forecourt page: eyes and hands in a headless Chromium, no other way in."""

import re
import time
from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

WAIT_S = 40
MEANWHILE = (
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
    IndexError,
)


class AttendantPage:
    """The page of one store; everything waits until it is shown."""

    def __init__(self, driver: WebDriver, address: str):
        self.driver, self.address = driver, address

    def opens(self) -> "AttendantPage":
        self.driver.get(self.address)
        self.sees(lambda: self.all(".nozzle"), "nozzles")
        return self

    def signs_in(self, operator: str, pin: str) -> None:
        self.press("#sign-in")
        self.fills_in(operator=operator, pin=pin)
        self.sees(lambda: self.all("#shift button"), "a signed-in page")

    def press(self, selector: str) -> None:
        """Once it is there and can be pressed."""

        def pressed() -> bool:
            found = self.all(selector)
            if not found or not found[0].is_displayed() or not found[0].is_enabled():
                return False
            found[0].click()
            return True

        self.sees(pressed, selector)

    def fills_in(self, **fields: str) -> None:
        """The open dialog, sent off; waits until it has closed."""
        for name, text in fields.items():
            (box,) = self.all(f"dialog[open] input[name={name}]")
            box.clear()
            box.send_keys(text)
        self.press("#confirm")
        self.sees(lambda: not self.all("dialog[open]"), "the dialog's end")

    def nozzle(self, number: int) -> WebElement:
        return self.all(".nozzle")[number - 1]

    def state(self, number: int) -> str:
        """What a nozzle's card says of it, by its class."""
        return self.nozzle(number).get_attribute("class").split()[-1]

    def until(self, number: int, *states: str) -> None:
        self.sees(lambda: self.state(number) in states, f"nozzle {number} {' or '.join(states)}")

    def starts(self, number: int, amount: str) -> None:
        """Lets a nozzle go for an amount that is paid afterwards."""
        self.until(number, "free")
        self.press(f".nozzle:nth-child({number}) [data-do=start]")
        self.press("dialog[open] input[value=amount]")
        self.fills_in(figure=amount)

    def texts(self, selector: str) -> list[str]:
        return [one.text for one in self.all(selector)]

    def shows(self, selector: str, pattern: str) -> str:
        """The first of these elements' texts in which the pattern is found."""
        return self.sees(lambda: next((text for text in self.texts(selector) if re.search(pattern, text)), ""), pattern)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def sees(self, found: Callable[[], Any], what: str) -> Any:
        """Looks until it is there; the page draws itself anew meanwhile. Raises TimeoutError with what it shows."""
        until_s = time.monotonic() + WAIT_S
        while True:
            try:
                seen = found()
            except MEANWHILE:
                seen = None
            if seen:
                return seen
            if time.monotonic() > until_s:
                raise TimeoutError(f"no {what}: {self.driver.find_element(By.TAG_NAME, 'body').text}")
            time.sleep(0.05)
