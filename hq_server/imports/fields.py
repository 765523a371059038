"""What may stand in a cell, and what it means. A parser takes a text that is not empty and raises Bad with a reason."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from protocol.ids import is_account, is_card, is_store

AMOUNT_MAX = 999_999_999_999
MILLI = 1000
STORE_DIGITS = 4


class Bad(Exception):
    """Why a cell cannot be taken: a text key below import.bad."""


Parser = Callable[[str], object]

_SPACES = re.compile(r"\s+")
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|[¥￥$€£₩₹₽])|(?:[A-Z]{3}|[¥￥$€£₩₹₽元])$")
_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")
_DENSE = re.compile(r"(\d{4})(\d\d)(\d\d)")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_TIME = re.compile(r"(?:.*[T ])?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?")
_PHONE = re.compile(r"\+?[\d ()\-/.]{3,31}")
_GENDERS = {
    "male": ("male", "m", "男", "男士", "先生"), "female": ("female", "f", "女", "女士", "小姐"),
    "": ("unknown", "未知", "保密", "-"),
}  # fmt: skip
GENDER = {word: gender for gender, words in _GENDERS.items() for word in words}
STATUS = {"active": "active", "正常": "active", "有效": "active", "frozen": "frozen", "冻结": "frozen"}
_LEFT_TO_RIGHT = str.maketrans("０１２３４５６７８９．，－＋：（）", "0123456789.,-+:()")


def text(limit: int) -> Parser:
    """Any text of so many letters."""

    def parse(said: str) -> str:
        if len(said) > limit:
            raise Bad("too_long")
        if "\0" in said or "\ufffd" in said:
            raise Bad("shortened" if "\ufffd" in said else "no_text")
        return said

    return parse


def decimal(places: int, least: int = -AMOUNT_MAX, cut: str = "too_fine") -> Parser:
    """A number, in units of its last place that counts: '12.5' with two places is 1250. Never rounded."""

    @lru_cache(maxsize=65536)
    def parse(said: str) -> int:
        scaled = _number(said).scaleb(places)
        whole = int(scaled)
        if whole != scaled:
            raise Bad(cut)
        if not max(least, -AMOUNT_MAX) <= whole <= AMOUNT_MAX:
            raise Bad("out_of_range")
        return whole

    return parse


def _number(said: str) -> Decimal:
    """'1,234.50', '1234,5', '¥ 12', '(3.00)' for minus three."""
    bare = _CURRENCY.sub("", _SPACES.sub("", said.translate(_LEFT_TO_RIGHT)))
    minus = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()")
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", bare):
        bare = bare.replace(",", ".")
    elif re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", bare):
        bare = bare.replace(",", "")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        raise Bad("no_number") from None
    if not found.is_finite() or abs(found.adjusted()) > 30:
        raise Bad("no_number")
    return -found if minus else found


@lru_cache(maxsize=65536)
def date(said: str) -> str:
    """'YYYY-MM-DD' of a date with the year first, or with dots and the day first; 03/04/2026 may be either: refused."""
    said = said.translate(_LEFT_TO_RIGHT)
    found = _ISO.fullmatch(said) or _DENSE.fullmatch(said)
    parts = found.groups() if found else ()
    if dotted := _DOTTED.fullmatch(said):
        parts = dotted.groups()[::-1]
    if not parts:
        raise Bad("ambiguous_date" if re.fullmatch(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", said) else "no_date")
    try:
        return dt.date(*map(int, parts)).isoformat()
    except ValueError:
        raise Bad("no_date") from None


def past_date(today: str) -> Parser:
    """A date that is not to come."""

    def parse(said: str) -> str:
        found = date(said)
        if found > today or found < "1900-01-01":
            raise Bad("not_past")
        return found

    return parse


@lru_cache(maxsize=65536)
def time_s(said: str) -> int:
    """Seconds since midnight of 'HH:MM[:SS]', also where a date stands before it; 0 where there is a date alone."""
    found = _TIME.fullmatch(said.translate(_LEFT_TO_RIGHT))
    if not found:
        raise Bad("no_time")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if hours > 23 or minutes > 59 or seconds > 59:
        raise Bad("no_time")
    return hours * 3600 + minutes * 60 + seconds


def store(known: frozenset[str]) -> Parser:
    """A store that exists; spreadsheets cut the zeros off its code."""

    def parse(said: str) -> str:
        code = said.zfill(STORE_DIGITS) if said.isdigit() else said
        if not is_store(code) or code not in known:
            raise Bad("no_store")
        return code

    return parse


def card(said: str) -> str:
    """'0001:04A1B2C3D4E5F6', letters in any case."""
    found = said.upper() if ":" not in said else said.split(":", 1)[0].lower() + ":" + said.split(":", 1)[1].upper()
    if not is_card(found):
        raise Bad("no_card")
    return found


def account(said: str) -> str:
    """32 hex digits."""
    if not is_account(said.lower()):
        raise Bad("no_account")
    return said.lower()


def phone(said: str) -> str:
    """Digits as they are written; a spreadsheet must not have shortened them."""
    if not _PHONE.fullmatch(said):
        raise Bad("no_phone")
    return said


def one_of(words: dict[str, str]) -> Parser:
    """One of the words of a table, in any case."""

    def parse(said: str) -> str:
        if said.lower() not in words:
            raise Bad("no_such_word")
        return words[said.lower()]

    return parse


def words(said: str) -> tuple[str, ...]:
    """Tags: separated by commas, semicolons, or their Chinese forms."""
    found = tuple(sorted({word.strip() for word in re.split("[,;，；、|]", said) if word.strip()}))
    if any(len(word) > 32 for word in found):
        raise Bad("too_long")
    return found
