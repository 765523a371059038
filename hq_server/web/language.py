"""Texts of the pages: one JSON catalogue per language in texts/, found by listing that folder.

A new language is a new file with the same keys. Values may hold {named} places; nothing else is interpreted.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"

Translate = Callable[..., str]


@cache
def catalogues() -> dict[str, dict[str, str]]:
    """Language code -> key -> text, English first."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
    return {DEFAULT: found.pop(DEFAULT), **found}


def translator(language: str) -> Translate:
    """t(key, **places) in that language. Raises KeyError for a key that is in no catalogue: a bug, seen in tests."""
    texts = catalogues()[language]

    def t(key: str, **places: object) -> str:
        return texts[key].format(**places) if places else texts[key]

    return t


def choose(cookie: str | None, accept_language: str) -> str:
    """The language of a page: what was chosen, else the first of the browser's that we have, else English."""
    if cookie in catalogues():
        return cookie
    for wish in accept_language.split(","):
        code = wish.split(";")[0].strip().split("-")[0].lower()
        if code in catalogues():
            return code
    return DEFAULT
