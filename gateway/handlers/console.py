"""The forecourt page's commands, through the store's second process: it alone may speak them.

    id        made by the page before it first sends: the same again gets the first answer and does nothing more
    token     of the attendant who has signed on with number and PIN; ends after SESSION_MS, or with the sale process
    second    a supervisor's number and PIN, where two people are asked for

What a pump shall do goes to its terminal (`pump_do`), which makes the money request itself.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.core import fills, fuelling
from gateway.core.asked import Told
from gateway.core.fuelling import FORECOURT
from gateway.handlers import fuel_shifts, staff
from gateway.shop import Session, Shop
from gateway.store import console, shifts, terminals
from protocol.errors import Theirs

SESSION_MS = 12 * 3600_000
HARMLESS = ("stop", "stop_all", "suspend", "look")
AWAY_S = 150  # a terminal says something at least each minute
MOST = {"nozzle": 16, "ml": 99_999_999, "fill": 9_999_999_999}  # and of amounts:
CENTS_MAX = 999_999_999_999
TESTS_MAX = 256

Orders = list[tuple[str, Told]]  # terminal, message


class Done(NamedTuple):
    """A command's answer without its id, and what terminals are told."""

    answer: dict
    orders: Orders


class Command(NamedTuple):
    """What may be asked: its members with their types, whether somebody must have signed on, and what it does."""

    needs: dict[str, type]
    signed: bool
    work: Callable[[Shop, dict, dict[str, int]], Done | dict | str]
    kept: bool = True


def hear(shop: Shop, payload: bytes, heard_s: dict[str, int]) -> tuple[dict, Orders]:
    """The answer to a command (`console_done`); heard_s: terminal -> since when nothing was heard. Raises Theirs."""
    told = _object(payload)
    name, command = told["id"], COMMANDS.get(told["do"])
    if command is None or not _shaped(told, command.needs):
        return {"id": name, "ok": False, "reason": "malformed"}, []
    first = console.answer(shop.db, name) if command.kept else None
    if first is not None:
        return first, []
    done = _done(shop, told, command, heard_s)
    answer = {"id": name, **done.answer}
    if command.kept and not shop.fenced():
        console.keep(shop.db, name, answer)
    return answer, done.orders


def hear_closed(shop: Shop, payload: bytes, heard_s: dict[str, int]) -> tuple[dict, Orders]:
    """The same while the disk takes nothing: pumps can be stopped and looked at, nothing is written."""
    told = _object(payload)
    command = COMMANDS.get(told["do"])
    if told["do"] not in HARMLESS or command is None or not _shaped(told, command.needs):
        return {"id": told["id"], "ok": False, "reason": "store_closed"}, []
    done = _done(shop, told, command, heard_s)
    return {"id": told["id"], **done.answer}, done.orders


def _done(shop: Shop, told: dict, command: Command, heard_s: dict[str, int]) -> Done:
    if command.signed and session(shop, told.get("token")) is None:
        return Done({"ok": False, "reason": "not_signed_on"}, [])
    done = command.work(shop, told, heard_s)
    if isinstance(done, str):
        return Done({"ok": False, "reason": done}, [])
    if isinstance(done, dict):
        return Done({"ok": True, **done}, [])
    return done


def session(shop: Shop, token: Any) -> Session | None:
    """Who has signed on under this token, unless that has ended."""
    found = shop.sessions.get(token) if isinstance(token, str) else None
    if found is not None and shop.clock.now_ms() >= found.until_ms:
        del shop.sessions[str(token)]
        return None
    return found


# ---- people


def _sign_on(shop: Shop, told: dict, _: dict) -> dict | str:
    if shop.fenced():
        return "fenced"
    found = staff.by_pin(shop, told["operator"], told["pin"])
    if isinstance(found, str):
        return found
    shift = staff.begin(shop, _place(shop), found.operator)
    token, until_ms = shop.random(16).hex(), shop.clock.now_ms() + SESSION_MS
    shop.sessions[token] = Session(found.operator, until_ms)
    until_s = shop.clock.now_s() + SESSION_MS // 1000
    who = {"operator": found.operator, "name": found.name, "role": found.role, "shift": shift}
    return {"token": token, **who, "until_s": until_s}


def _sign_off(shop: Shop, told: dict, _: dict) -> dict:
    del shop.sessions[told["token"]]
    return {}


def _who(shop: Shop, told: dict) -> tuple[str, int]:
    """Operator and open shift (0: none) of a session that has been looked at."""
    operator = shop.sessions[told["token"]].operator
    return operator, shifts.open_of(shop.db, operator, _place(shop))


def _second(shop: Shop, told: dict) -> str:
    """The number of a second person whose PIN is right; '' for nobody."""
    found = staff.by_pin(shop, told["second"], told["second_pin"])
    return "" if isinstance(found, str) else found.operator


def _place(shop: Shop) -> str:
    return f"{shop.store}-{FORECOURT}"


# ---- pumps


def _start(shop: Shop, told: dict, heard_s: dict) -> Done | str:
    operator, shift = _who(shop, told)
    if not shift:
        return "no_shift"
    if shop.fenced():
        return "fenced"
    return _order(shop, told, heard_s, operator=operator, shift=shift, cents=told["cents"], ml=told["ml"])


def _order(shop: Shop, told: dict, heard_s: dict, **more: Any) -> Done | str:
    """Says it to the terminal; whether the pump has done it is seen by its nozzles."""
    if heard_s.get(told["terminal"], AWAY_S) >= AWAY_S:
        return "terminal_away"
    return Done({"ok": True}, [(told["terminal"], _do(told, told["do"], told["nozzle"], **more))])


def _all(word: str) -> Callable[[Shop, dict, dict], Done]:
    """An emergency stop is said to every pump terminal, heard of or not."""

    def order(shop: Shop, told: dict, _: dict) -> Done:
        return Done({"ok": True}, [(name, _do(told, word, 0)) for name in terminals.names_of(shop.db, "pump")])

    return order


def _do(told: dict, word: str, nozzle: int, **more: Any) -> Told:
    return Told("pump_do", {"ask": told["id"][:8], "nozzle": nozzle, "do": word, **more})


def _look(shop: Shop, _: dict, heard_s: dict) -> dict:
    return {"nozzles": shop.nozzles, "heard_s": heard_s}


# ---- money


def _settle_cash(shop: Shop, told: dict, _: dict) -> dict | str:
    operator, shift = _who(shop, told)
    if not shift:
        return "no_shift"
    return "fenced" if shop.fenced() else fills.settle_cash(shop, told["fill"], told["cents"], operator, shift)


def _drive_off(shop: Shop, told: dict, _: dict) -> dict | str:
    if shop.fenced():
        return "fenced"
    return fills.drive_off(shop, told["fill"], _who(shop, told)[0], _second(shop, told)) or {}


def _close_hold(shop: Shop, told: dict, _: dict) -> dict | str:
    if shop.fenced():
        return "fenced"
    operator, second = _who(shop, told)[0], _second(shop, told)
    return fuelling.close_by_people(shop, told["hold"], told["ml"], told["cents"], operator, second) or {}


_PUMP: dict[str, type] = {"token": str, "terminal": str, "nozzle": int}
TEST: dict[str, type] = {"terminal": str, "nozzle": int, "ml": int}  # litres that went back into the tank
_SECOND: dict[str, type] = {"token": str, "second": str, "second_pin": str}
COMMANDS: dict[str, Command] = {
    "sign_on": Command({"operator": str, "pin": str}, False, _sign_on, kept=False),
    "sign_off": Command({"token": str}, True, _sign_off),
    "start": Command({**_PUMP, "cents": int, "ml": int}, True, _start),
    "stop": Command(_PUMP, True, _order),
    "suspend": Command(_PUMP, True, _order),
    "resume": Command(_PUMP, True, _order),
    "stop_all": Command({}, False, _all("stop")),
    "resume_all": Command({"token": str}, True, _all("resume")),
    "look": Command({}, False, _look, kept=False),
    "settle_cash": Command({"token": str, "fill": int, "cents": int}, True, _settle_cash),
    "drive_off": Command({**_SECOND, "fill": int}, True, _drive_off),
    "close_hold": Command({**_SECOND, "hold": str, "ml": int, "cents": int}, True, _close_hold),
    "shift_open": Command(
        {"token": str, "cash_cents": int}, True,
        lambda shop, told, _: fuel_shifts.open_shift(shop, _who(shop, told)[0], told),
    ),
    "shift_close": Command(
        {"token": str, "counted_cents": int, "tests": list}, True,
        lambda shop, told, _: fuel_shifts.close_shift(shop, _who(shop, told)[0], told),
    ),
}  # fmt: skip


def _object(payload: bytes) -> dict:
    try:
        told = json.loads(payload)
        json.dumps(told, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
    except (ValueError, RecursionError) as wrong:
        raise Theirs("malformed", "not JSON") from wrong
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("id", "do")):
        raise Theirs("malformed", "console")
    if len(told["id"]) != 32 or not told["id"].isalnum():
        raise Theirs("malformed", "console id")
    return told


def _shaped(told: dict, needs: dict[str, type]) -> bool:
    """Its members are there with their types; numbers are not below zero and fit what they are for."""
    if not all(type(told.get(name)) is kind for name, kind in needs.items()):
        return False
    if not all(0 <= told[name] <= MOST.get(name, CENTS_MAX) for name, kind in needs.items() if kind is int):
        return False
    tests = told["tests"] if "tests" in needs else []
    return len(tests) <= TESTS_MAX and all(isinstance(one, dict) and _shaped(one, TEST) for one in tests)
