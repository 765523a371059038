"""What the forecourt page may tell the sale process: one row per command with the fields it has. Pure.

Anything else, more or less, is turned away before it reaches the broker.

    field kinds   text n (1 to n characters, printable)   int lo..hi   id (32 hex digits)   tests (litres per nozzle)
"""

import re

_TERMINAL, _NOZZLE, _CENTS, _ML = "text 17", "int 1..16", "int 0..999999999999", "int 0..99999999"
_NUMBER, _PIN = "text 16", "text 32"
_SECOND = {"second": _NUMBER, "second_pin": _PIN}
# command -> its fields; what needs nobody to be signed in stands in OPEN
COMMANDS: dict[str, dict[str, str]] = {
    "sign_on": {"operator": _NUMBER, "pin": _PIN},
    "sign_off": {},
    "start": {"terminal": _TERMINAL, "nozzle": _NOZZLE, "cents": _CENTS, "ml": _ML},
    "stop": {"terminal": _TERMINAL, "nozzle": _NOZZLE},
    "suspend": {"terminal": _TERMINAL, "nozzle": _NOZZLE},
    "resume": {"terminal": _TERMINAL, "nozzle": _NOZZLE},
    "stop_all": {},
    "resume_all": {},
    "settle_cash": {"fill": "int 1..9999999999", "cents": _CENTS},
    "drive_off": {"fill": "int 1..9999999999", **_SECOND},
    "close_hold": {"hold": "text 48", "ml": _ML, "cents": _CENTS, **_SECOND},
    "shift_open": {"cash_cents": _CENTS},
    "shift_close": {"counted_cents": _CENTS, "tests": "tests"},
}
OPEN = ("sign_on", "stop_all")  # an emergency needs no PIN
TESTS_MAX = 256
_ID = re.compile(r"[0-9a-f]{32}")


def checked(asked: object) -> dict | None:
    """The command with exactly its fields, None if anything is missing, beyond its range, or not known."""
    if not isinstance(asked, dict) or asked.get("do") not in COMMANDS:
        return None
    fields = {"id": "id", **COMMANDS[asked["do"]]}
    if asked.keys() != fields.keys() | {"do"} or not all(_fits(kind, asked[name]) for name, kind in fields.items()):
        return None
    return asked


def _fits(kind: str, value: object) -> bool:
    word, _, bound = kind.partition(" ")
    if word == "id":
        return isinstance(value, str) and bool(_ID.fullmatch(value))
    if word == "int":
        low, high = bound.split("..")
        return type(value) is int and int(low) <= value <= int(high)
    if word == "tests":
        return isinstance(value, list) and len(value) <= TESTS_MAX and all(map(_is_test, value))
    return isinstance(value, str) and 1 <= len(value) <= int(bound) and value.isprintable()


def _is_test(value: object) -> bool:
    fields = {"terminal": _TERMINAL, "nozzle": _NOZZLE, "ml": _ML}
    if not isinstance(value, dict) or value.keys() != fields.keys():
        return False
    return all(_fits(kind, value[name]) for name, kind in fields.items())
