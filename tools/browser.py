"""A headless Chromium that talks to nothing but the pages it is told to open; for tests and screenshots."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--force-color-profile=srgb", "--no-default-browser-check",
)


def browser_path() -> str:
    """Where Chromium is. Raises FileNotFoundError with what to install."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if not found or not shutil.which(DRIVER):
        raise FileNotFoundError("Chromium and its driver are missing: apt-get install chromium chromium-driver")
    return found


@contextmanager
def browser(
    language: str = "en", width: int = 1360, height: int = 900, scale: float = 1.0, downloads: Path | None = None
) -> Iterator[webdriver.Chrome]:
    """A fresh browser with its own profile, gone at the end. `scale`: device pixels per CSS pixel."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = webdriver.Chrome(_options(language, width, height, scale, profile, downloads), _service(language))
        try:
            yield driver
        finally:
            driver.quit()


def _service(language: str) -> Service:
    """Dates and built-in words follow LANGUAGE, not --lang, on Linux."""
    return Service(shutil.which(DRIVER), env={**os.environ, "LANGUAGE": language.replace("-", "_")})


def _options(language: str, width: int, height: int, scale: float, profile: str, downloads: Path | None) -> Options:
    options = Options()
    options.binary_location = browser_path()
    own = (f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--lang={language}",
           f"--force-device-scale-factor={scale}")
    for flag in (*FLAGS, *own):
        options.add_argument(flag)
    wanted = {"intl.accept_languages": language}
    if downloads:
        wanted |= {"download.default_directory": str(downloads), "download.prompt_for_download": False}
    options.add_experimental_option("prefs", wanted)
    return options
